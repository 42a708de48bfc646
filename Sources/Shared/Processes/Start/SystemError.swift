import CProcesses
import Glibc

/// A system call that failed: what was tried and the system's error number.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// What was tried, for people: "open recording".
    package let operation: String
    /// The errno value.
    package let code: Int32

    package init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    package var description: String { "\(operation): \(Self.text(code))" }

    /// The system's words for an error number.
    package static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress else { return "error \(code)" }
            cp_error_text(code, base, buffer.count)
            return String(cString: base)
        }
    }

    /// The result of a shim call, or its error: shims return a negative errno.
    @discardableResult
    static func check(_ operation: String, _ result: Int32) throws(SystemError) -> Int32 {
        guard result >= 0 else { throw SystemError(operation, code: -result) }
        return result
    }
}

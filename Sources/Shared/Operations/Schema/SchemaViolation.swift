/// One way in which a value breaks its schema.
package struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// JSON Pointer to the value in question; empty for the whole.
    package var pointer: String
    /// What is wrong and what is allowed, without a full stop.
    package var message: String

    package init(pointer: String, message: String) {
        self.pointer = pointer
        self.message = message
    }

    /// The place as people write it: `env.PATH`, `args[2]`; empty for the whole.
    package var path: String {
        pointer.split(separator: "/").map(JSONPointer.unescape).reduce(into: "") { path, step in
            if !step.isEmpty, step.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                path += "[\(step)]"
            } else {
                path += path.isEmpty ? step : ".\(step)"
            }
        }
    }

    /// "env.PATH: expected a string, found a number"
    package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

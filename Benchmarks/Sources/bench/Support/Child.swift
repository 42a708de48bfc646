import Glibc

/// A process of the benchmark, joined to it by its stdin and stdout.
final class Child {
    private(set) var pid: pid_t
    private let input: Int32
    private let output: Int32
    private var unread: [UInt8] = []

    /// Starts it at once.
    ///
    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - environment: put over our own.
    /// - Throws: ``BenchFailure``.
    init(_ command: [String], environment: [String: String] = [:]) throws {
        let (toChild, fromChild) = (try Self.pipe(), try Self.pipe())
        pid = try Spawn.start(
            command, environment: environment, input: toChild.read, output: fromChild.write)
        close(toChild.read)
        close(fromChild.write)
        (input, output) = (toChild.write, fromChild.read)
    }

    deinit { stop() }

    /// The next line of its stdout.
    /// - Throws: ``BenchFailure`` when it ends first.
    func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                defer { unread.removeSubrange(...end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = read(output, &chunk, chunk.count)
            guard count > 0 else { throw BenchFailure("a process of the benchmark ended; its stderr says why") }
            unread += chunk[..<count]
        }
    }

    /// The next line that contains `text`.
    @discardableResult
    func line(with text: String) throws -> String {
        while true {
            let line = try line()
            if line.contains(text) { return line }
        }
    }

    func send(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(input, bytes, bytes.count)
    }

    /// Closes its stdin, asks it to end, or ends it by another signal, and waits until it has.
    func stop(_ signal: Int32 = SIGTERM) {
        guard pid > 0 else { return }
        close(input)
        kill(pid, signal)
        _ = Spawn.wait(pid)
        close(output)
        pid = 0
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        // Only the child it is for may have an end, or no process would see its stdin end.
        guard Glibc.pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
            throw BenchFailure("no pipe: \(String(cString: strerror(errno)))")
        }
        return (ends[0], ends[1])
    }
}

/// What went wrong, in a sentence.
struct BenchFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

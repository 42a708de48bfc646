import CallProtocol
import FoundationEssentials
import Glibc
import NIOCore
import Processes

/// What is known of a workload's container beyond its exit code; left in a file, written anew with each step.
struct ContainerVerdict: Codable, Sendable, Equatable {
    /// The container, once it is made.
    var id: String?
    /// Whether its program was started, in unix milliseconds.
    var startedMs: Int64?
    /// Whether it has ended, as the engine says.
    var hasExited = false
    var oomKilled = false
    /// Why it could not be run: the engine's or the registry's words.
    var failure: String?
    /// Whether the machine is to blame, so that another may be tried.
    var isMachines = false
}

extension ContainerVerdict {
    /// What a carrier has left; nil where it left nothing that can be read.
    static func read(_ path: String) -> ContainerVerdict? {
        // Most attempts are no containers.
        guard access(path, F_OK) == 0, let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return try? JSONCoding.decode(ContainerVerdict.self, from: ByteBuffer(bytes: data))
    }

    /// Leaves it, whole or not at all.
    /// - Returns: whether it stands there.
    @discardableResult
    func write(_ path: String) -> Bool {
        guard let json = try? JSONCoding.encode(self) else { return false }
        let fresh = path + ".new"
        guard (try? Data(json.buffer.readableBytesView).write(to: URL(filePath: fresh))) != nil else { return false }
        return rename(fresh, path) == 0
    }

    /// The end of the attempt whose carrier ended so.
    func end(_ record: ExitRecord) -> AttemptEnd {
        var record = record
        // Of the carrier, and not of the program.
        (record.utimeUs, record.stimeUs, record.maxRssBytes) = (0, 0, 0)
        if let startedMs { record.startedMs = startedMs }
        guard record.reason == .none else { return .exited(record) }
        // The engine says so too when a child was killed and the program went on.
        if oomKilled, record.exit.shellCode == 137 {
            record.outOfMemory = .limit
            record.exit = ProcessExit(code: 0, signal: SIGKILL)
        } else if let failure {
            guard !isMachines else { return .noSupervisor(failure) }
            record.reason = .launch
            record.error = failure
        } else if !hasExited, record.exit.signal != nil {
            return .lost
        }
        return .exited(record)
    }
}

import CProcesses
import Glibc

/// A program that goes on when its starter is gone: in a session of its own, without input, its output thrown away.
package struct DetachedProcess: Sendable {
    package let pid: Int32

    /// Starts it with this process's own environment.
    /// - Parameters:
    ///   - arguments: the first one is the path of the program.
    ///   - errors: the file that its stderr goes to, 0600, emptied first.
    package static func start(_ arguments: [String], errors: String) throws -> DetachedProcess {
        guard let program = arguments.first else { throw LaunchError.other("no program is named") }
        let null = Descriptor(try SystemError.check("open /dev/null", cp_open("/dev/null", O_RDWR, 0)))
        let file = Descriptor(
            try SystemError.check("open \(errors)", cp_open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)))
        let spec = ProcessSpec(arguments: arguments, environment: ownEnvironment())
        let pid = Launcher.spawn(program, spec, files: [null.fd, null.fd, file.fd])
        guard pid > 0 else { throw SystemError("start \(program)", code: -pid) }
        return DetachedProcess(pid: pid)
    }

    /// Its exit code as a shell tells it, once it has ended; nil before.
    package func ended() -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// The variables of this process.
    package static func ownEnvironment() -> [String: String] {
        var found: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].isEmpty { found[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return found
    }
}

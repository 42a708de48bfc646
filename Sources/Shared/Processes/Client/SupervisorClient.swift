import CProcesses
import Glibc

/// Starts supervisors and finds out about their sessions. Nothing is kept in memory: everything is asked of the
/// session's directory, so it works the same after a restart.
package enum SupervisorClient {
    /// Looks at a session. Liveness is the lock of the directory, never a pid.
    package static func inspect(_ directory: String) throws(SystemError) -> SessionState {
        let opened = cp_open(directory, O_RDONLY | O_DIRECTORY, 0)
        if opened == -ENOENT { return .absent }
        let folder = Descriptor(try SystemError.check("open \(directory)", opened))
        if let record = try exitRecord(in: folder.fd) { return .exited(record) }
        let lock = cp_open_at(folder.fd, SessionFiles.lock, O_RDONLY, 0)
        if lock >= 0 {
            let file = Descriptor(lock)
            // Shared, so that two who look do not take each other for a supervisor.
            if cp_lock(file.fd, 1) == -EWOULDBLOCK {
                return .running(
                    pid: try Files.text(of: SessionFiles.started, in: folder.fd)
                        .flatMap(StartedRecord.init(text:))?.pid)
            }
        } else if lock != -ENOENT {
            throw SystemError("open the session's lock", code: -lock)
        }
        // The supervisor may have ended since the first look.
        if let record = try exitRecord(in: folder.fd) { return .exited(record) }
        return .lost
    }

    /// When a session's program was started, in unix milliseconds; nil where nobody knows.
    package static func startTime(_ directory: String) throws(SystemError) -> Int64? {
        let folder = Descriptor(
            try SystemError.check("open \(directory)", cp_open(directory, O_RDONLY | O_DIRECTORY, 0)))
        let started = try Files.text(of: SessionFiles.started, in: folder.fd).flatMap(StartedRecord.init(text:))
        if let started, started.startedMs > 0 { return started.startedMs }
        guard let record = try exitRecord(in: folder.fd), record.startedMs > 0 else { return nil }
        return record.startedMs
    }

    /// What whoever started a session wanted to be known of it; nil where it left nothing.
    package static func about(_ directory: String) throws(SystemError) -> String? {
        try Files.text(of: directory + "/" + SessionFiles.about, in: AT_FDCWD)
    }

    /// Ends a running session's program: SIGTERM (SIGHUP on a terminal), and SIGKILL after the spec's grace. Returns once the supervisor has
    /// taken it; false when the session is not running any more.
    @discardableResult
    package static func cancel(_ directory: String, poller: Poller = .shared) async throws -> Bool {
        try await SupervisorConnection.ask("cancel", of: directory, poller: poller)
    }

    /// Returns when the session is over, at once if it is already. Throws `notRunning` when there is no such session,
    /// `CancellationError` when cancelled.
    package static func waitForExit(_ directory: String, poller: Poller = .shared) async throws -> SessionEnd {
        var pause = Duration.milliseconds(1)
        while true {
            switch try inspect(directory) {
            case .absent: throw SupervisorError.notRunning
            case .exited(let record): return .exited(record)
            case .lost: return .lost
            case .running: break
            }
            if let connection = try SupervisorConnection.open(directory, poller: poller) {
                try await connection.waitForClose()
            }
            // The supervisor is just ending, or has as many clients as it takes.
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    /// The path of a session's recording, for a `RecordingReader`.
    package static func recordingPath(_ directory: String) -> String { directory + "/" + SessionFiles.recording }

    static func exitRecord(in folder: Int32) throws(SystemError) -> ExitRecord? {
        try Files.text(of: SessionFiles.exit, in: folder).flatMap(ExitRecord.init(text:))
    }
}

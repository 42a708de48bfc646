import CallProtocol
import Daemon
import Glibc
import Processes

/// Starts the process of a tunnel in the background.
struct TunnelLaunch: Sendable {
    let repo: TunnelRepo

    private static let patience = Duration.seconds(10)
    private static let pause = Duration.milliseconds(10)

    private var complaints: String { repo.directory.file("stderr") }

    /// Starts it in a session of its own.
    /// - Returns: its pid, which stands in its PID file then.
    /// - Throws: a ``Failure`` with what it said, where it ended before.
    func start() async throws -> Int32 {
        var arguments = [try OwnExecutable.path(), "tunnel", "run", "--name", repo.name]
        if repo.scope == .system { arguments.append("--system") }
        let process = try DetachedProcess.start(arguments, errors: complaints)
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            if let code = process.ended() {
                throw Failure(
                    ErrorCode(rawValue: "FAILED"), "the tunnel \(repo.name) ended at once: \(said())",
                    exit: Daemon.ExitCode(rawValue: code == 0 ? 1 : code),
                    advice: "capstan tunnel logs \(repo.arguments)")
            }
            if TunnelState.isNoted(process.pid, repo) { return process.pid }
            try await Task.sleep(for: Self.pause)
        }
        throw Failure.failed(
            "the process \(process.pid) of the tunnel \(repo.name) does not come up",
            advice: "capstan tunnel logs \(repo.arguments)")
    }

    /// The first line of what it said on its stderr.
    private func said() -> String {
        let bytes = (try? AtomicFile.readIfPresent(complaints, limit: 1 << 20)) ?? nil
        let text = String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        return CellText.line(text.hasPrefix("capstan: ") ? String(text.dropFirst(9)) : text)
    }
}

import ArgumentParser
import CallProtocol
import Formats
import Glibc

/// `capstan tunnel stop`
struct TunnelStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a tunnel of this machine; its address stays its own.",
        discussion: .flowing(
            """
            It is asked to end, which disables the tunnel, and is killed when it has not ended 30 s later.

            Example:
              capstan tunnel stop --name notebook
              capstan tunnel start --name notebook
            """))

    @OptionGroup var local: LocalTunnelOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let repo = try local.known().repo
        let unit = try TunnelUnit(repo)
        let isService = unit.isInstalled && unit.manager.isAtWork
        if isService { try await unit.manager.stop(unit.unit) }
        switch try await TunnelStopping(repo: repo).run() {
        case .notRunning: output.printer.notice("\(repo.name) \(isService ? "is stopped" : "does not run")")
        case .ended: output.printer.notice("\(repo.name) is stopped; its address stays its own")
        case .killed:
            output.printer.notice("\(repo.name) did not end in 30 s and was killed; its tunnel may still be enabled")
        }
    }
}

/// Ending the process of a tunnel.
struct TunnelStopping {
    enum Outcome {
        case notRunning, ended, killed
    }

    let repo: TunnelRepo
    var patience = Duration.seconds(30)

    private static let look = Duration.milliseconds(20)

    /// Asks it to end, and kills it when it has not ended in time. The process is known by the lock that it holds.
    /// - Throws: a ``Failure`` where it may not be ended.
    func run() async throws -> Outcome {
        let state = try TunnelState(repo)
        guard state.isAlive, let pid = state.pid else {
            if state.status == .zombie { TunnelState.forgetEnded(repo) }
            return .notRunning
        }
        try signal(SIGTERM, pid)
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            guard try runs(pid) else { return .ended }
            try await Task.sleep(for: Self.look)
        }
        try signal(SIGKILL, pid)
        while try runs(pid) { try await Task.sleep(for: Self.look) }
        TunnelState.forgetEnded(repo)
        return .killed
    }

    private func runs(_ pid: Int32) throws -> Bool {
        let state = try TunnelState(repo)
        return state.isAlive && state.pid == pid
    }

    private func signal(_ number: Int32, _ pid: Int32) throws {
        guard kill(pid, number) != 0, errno != ESRCH else { return }
        throw Failure(
            .forbidden, "the process \(pid) of \(repo.name) cannot be ended: \(String(cString: strerror(errno)))")
    }
}

import ArgumentParser
import CallProtocol
import Daemon

/// `capstan tunnel status`
struct TunnelStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How one of this machine's tunnels is.",
        discussion: .flowing(
            """
            Ends with 0 when it runs and its address is verified, with 75 when it runs and nobody comes through, with 1 when \
            it does not run. The hub is not asked; capstan tunnel show asks it.

            Example:
              capstan tunnel status --name notebook
              until capstan tunnel status --name notebook; do sleep 1; done
            """))

    @OptionGroup var local: LocalTunnelOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (repo, settings) = try local.known()
        let state = try TunnelState(repo)
        var value = state.json
        value["id"] = .string(settings.tunnel)
        value["project"] = settings.project.map { .string($0) }
        let printer = output.printer
        try await printer.value(value) {
            var rows = [("status", state.status.rawValue), ("id", settings.tunnel)]
            if let pid = state.pid { rows.append(("pid", "\(pid)")) }
            if state.isAlive, let uptime = state.uptime(now: printer.now) { rows.append(("uptime", uptime)) }
            if let project = settings.project { rows.append(("project", project)) }
            if let told = state.told {
                if let endpoint = told.endpoint { rows.append(("endpoint", endpoint)) }
                if let url = told.url { rows.append(("url", url)) }
                if let reason = told.reason { rows.append(("reason", reason)) }
            }
            return FieldRows.text(rows)
        }
        switch state.status {
        case .running: return
        case .degraded: throw ProgramExit(code: Daemon.ExitCode.tempFail.rawValue)
        case .zombie, .stopped: throw ProgramExit(code: Daemon.ExitCode.failure.rawValue)
        }
    }
}

import ArgumentParser
import CallProtocol

/// `capstan tunnel start`
struct TunnelStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a tunnel of this machine that was stopped.",
        discussion: .flowing(
            """
            One that is installed as a service is started by the service manager, any other in the background.

            Example:
              capstan tunnel start --name notebook
            """))

    @OptionGroup var local: LocalTunnelOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let repo = try local.known().repo
        let state = try TunnelState(repo)
        guard !state.isAlive else { return output.printer.notice("\(repo.name) runs already (pid \(state.pid ?? 0))") }
        let unit = try TunnelUnit(repo)
        if unit.isInstalled, unit.manager.isAtWork {
            try await unit.manager.start(unit.unit)
        } else {
            _ = try await TunnelLaunch(repo: repo).start()
        }
        output.printer.notice("\(repo.name) is started; capstan tunnel status \(repo.arguments) shows progress")
    }
}

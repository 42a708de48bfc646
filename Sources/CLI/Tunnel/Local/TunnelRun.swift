import ArgumentParser
import CallProtocol
import Daemon

/// `capstan tunnel run`
struct TunnelRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a tunnel that was set up here: what background and service start.",
        discussion: .flowing(
            """
            Everything else is in its settings and at the hub. The log is tunnel.log in its folder: capstan tunnel logs \
            shows it. Where it leads and who may use it is changed with capstan tunnel update.

            Example:
              capstan tunnel run --name notebook
            """))

    @OptionGroup var local: LocalTunnelOptions
    @Option(help: "The project it belongs to; another one is refused.") var project: String?

    func run() async throws {
        let (repo, settings) = try local.known()
        if let project, project != settings.project {
            throw Failure(
                .conflict,
                "the tunnel \(repo.name) belongs to \(settings.project.map { "the project \($0)" } ?? "no project"), "
                    + "not to \(CellText.line(project))")
        }
        try await TunnelDaemon(repo: repo, settings: settings).run()
    }
}

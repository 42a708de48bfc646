import ArgumentParser

/// `capstan hub`
struct Hub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Set up, run and look at a hub.",
        discussion: .flowing(
            """
            Example:
              capstan hub init --state-dir ./hub --advertise hub.example:7443
              capstan hub serve --listen 0.0.0.0:7443 --advertise hub.example:7443
              capstan hub status
            """),
        subcommands: [
            HubInit.self, HubServe.self, HubStatusCommand.self, HubRotateKey.self,
        ])
}

import ArgumentParser

/// `capstan spoke`
struct Spoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spoke", abstract: "Make this machine a node, and run its spoke.",
        discussion: .flowing(
            """
            Example:
              capstan spoke join TOKEN --state-dir ./spoke --name gpu-1 --label gpu=true
              capstan spoke run --state-dir ./spoke
            """),
        subcommands: [
            SpokeJoin.self,
            SpokeRun.self, SpokeStatus.self, SpokeDown.self, SpokeAcceptHost.self,
            SpokeRotateKey.self,
        ])
}

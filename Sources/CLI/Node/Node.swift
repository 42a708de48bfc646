import ArgumentParser

/// `capstan node`
struct Node: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "The machines of the fleet.",
        discussion: .flowing(
            """
            Example:
              capstan node list --label gpu=true
              capstan node show gpu-1
              capstan node drain gpu-1
            """),
        subcommands: [
            NodeList.self, NodeShow.self, NodeLabel.self, NodeDrain.self, NodeUndrain.self, NodeApprove.self,
            NodeRemove.self,
        ])
}

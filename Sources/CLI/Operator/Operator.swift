import ArgumentParser

/// `capstan operator`
struct Operator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator", abstract: "The people and programs that may call the hub.",
        discussion: .flowing(
            """
            Example:
              capstan operator list
              capstan operator set-role anna viewer
              capstan operator disable anna
            """),
        subcommands: [
            OperatorList.self, OperatorSetRole.self, OperatorDisable.self, OperatorEnable.self, OperatorRemove.self,
        ])
}

import ArgumentParser
import Operations

/// `capstan node label`
struct NodeLabel: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "label", abstract: "Set and remove labels of a node.",
        discussion: .flowing(
            """
            Example:
              capstan node label gpu-1 gpu=true rack=7 --remove old
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @Argument(help: ArgumentHelp("Labels to set.", valueName: "key=value")) var labels: [String] = []

    @Option(name: .customLong("remove"), help: ArgumentHelp("A label to remove; repeatable.", valueName: "key"))
    var removed: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let set = try Label.parse(labels)
        for key in removed { try Label.validate(key: key) }
        guard !set.isEmpty || !removed.isEmpty else {
            throw Failure.misuse("no label is given", advice: "capstan node label NODE key=value, or --remove key")
        }
        let view = try await ask(NodeOperations.label, NodeLabelInput(node: node, set: set, remove: removed))
        let printer = global.printer
        try await printer.value(try view.shown()) { "\(view.name)  \(LabelText.line(view.labels))\n" }
    }
}

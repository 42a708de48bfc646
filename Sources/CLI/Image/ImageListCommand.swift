import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan image list`
struct ImageListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Images, of one node or of all.",
        discussion: .flowing(
            """
            Without --node it asks all nodes, and says which did not answer.

            Example:
              capstan image list
              capstan image list --node gpu-1 -o json
            """))

    @Option(help: "Only those of this node.", completion: .nodes) var node: String?
    @Flag(name: .customLong("all-nodes"), help: "Those of all nodes; so it is without --node.") var allNodes = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard node == nil || !allNodes else {
            throw Failure.misuse("--node and --all-nodes are given; only one of them can say where")
        }
        try await list(ImageOperations.list, Empty(), on: node) { answers in
            try await show(answers.flatMap { node, list in list.images.map { (node, $0) } })
        }
    }

    private func show(_ images: [(node: String, view: ImageView)]) async throws {
        let printer = global.printer
        let values = try images.map { node, view in
            var value = try JSONCoding.value(of: view)
            value["node"] = .string(node)
            return value
        }
        try await printer.list(values, names: Set(images.flatMap(\.view.tags)).sorted(), empty: "no images") {
            Table(
                [.init("IMAGE"), .init("NODE"), .init("SIZE", isNumber: true), .init("CREATED"), .init("ID")],
                rows: images.flatMap { node, view in
                    (view.tags.isEmpty ? [""] : view.tags).map { tag in
                        [
                            .init(tag), .init(node), .init(ByteSize.string(view.size)),
                            .init(printer.ago(view.createdAt)), .init(view.shortID, .faint),
                        ]
                    }
                })
        }
    }
}

extension ImageView {
    /// Twelve digits of the id, as people know it.
    var shortID: String { String(id.drop { $0 != ":" }.dropFirst().prefix(12)) }
}

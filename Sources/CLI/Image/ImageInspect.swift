import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan image inspect`
struct ImageInspect: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "One image of a node.",
        discussion: .flowing(
            """
            Example:
              capstan image inspect --node gpu-1 nginx:1.27
            """))

    @Argument(help: "The image.", completion: .images) var image: String
    @Option(help: "The node.", completion: .nodes) var node: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(ImageOperations.inspect, ImageRef(image: image), node: node)
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: view)) {
            var list = FieldList()
            list.add("id", view.id)
            for tag in view.tags { list.add("name", tag) }
            for digest in view.digests { list.add("digest", digest) }
            list.add("size", ByteSize.string(view.size))
            list.add("created", printer.ago(view.createdAt))
            list.add("for", [view.os, view.arch].compactMap { $0 }.joined(separator: "/"))
            for (key, value) in view.labels.sorted(by: { $0.key < $1.key }) { list.add("label", "\(key)=\(value)") }
            return list.text(coloured: printer.isColoured)
        }
    }
}

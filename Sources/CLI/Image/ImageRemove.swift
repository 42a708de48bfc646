import ArgumentParser
import CallProtocol
import Operations

/// `capstan image remove`
struct ImageRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove images from a node.",
        discussion: .flowing(
            """
            Example:
              capstan image remove --node gpu-1 nginx:1.25
            """))

    @Argument(help: "The images.", completion: .images) var images: [String]
    @Option(help: "The node.", completion: .nodes) var node: String
    @Flag(name: [.short, .long], help: "Also while stopped containers use it.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let printer = global.printer
        for image in images {
            let removed = try await connector.ask(
                ImageOperations.remove, ImageRemoveInput(image: image, force: force ? true : nil), node: node,
                until: deadline)
            try await printer.element(try JSONCoding.value(of: removed)) {
                (removed.untagged.map { "untagged \(CellText.line($0))" }
                    + removed.deleted.map { "deleted \(CellText.line($0))" }).joined(separator: "\n")
            }
        }
        await connector.close()
    }
}

import ArgumentParser
import CallProtocol
import Operations

/// `capstan operations`
struct OperationsCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "What can be called: on the hub, or on a node.",
        discussion: .flowing(
            """
            Example:
              capstan operations
              capstan operations gpu-1
              capstan operations --show workload/submit -o json
            """))

    @Argument(help: "The node; left out, the hub.", completion: .nodes) var node: String?

    @Option(help: ArgumentHelp("One operation with its schemas and examples.", valueName: "operation"))
    var show: String?

    @Flag(help: ArgumentHelp("All operations of this build as a page; needs no hub.", visibility: .hidden))
    var markdown = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let printer = global.printer
        if markdown { return try await printer.text(OperationCatalog.markdown) }
        if let show {
            let name = show.hasPrefix("/") ? String(show.dropFirst()) : show
            let shown = try await ask(OperationOperations.show, OperationRef(name: name), node: node)
            let value = try shown.operation.value()
            return try await printer.value(value) { value.pretty() + "\n" }
        }
        let operations = try await ask(OperationOperations.list, Empty(), node: node).operations
        try await printer.list(
            try operations.map { try JSONCoding.value(of: $0) }, names: operations.map(\.name),
            empty: "no operations are open to you here"
        ) {
            Table(
                [.init("NAME"), .init("KIND"), .init("SUMMARY")],
                rows: operations.map { [.init($0.name), .init($0.kind), .init($0.summary)] })
        }
    }
}

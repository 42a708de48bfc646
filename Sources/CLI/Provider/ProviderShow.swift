import ArgumentParser
import CallProtocol
import Operations

/// `capstan provider show`
struct ProviderShow: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One imported API, or one of its operations.",
        discussion: .flowing(
            """
            With NAME its operations and what is wrong with its document; with NAME/OPERATION what it takes, and a call
            to begin with.

            Example:
              capstan provider show runpod
              capstan provider show runpod/createPod
            """))

    @Argument(help: "NAME, or NAME/OPERATION.") var what: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let parts = what.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 { return try await showOperation("\(ProviderOperations.prefix)\(parts[0])/\(parts[1])") }
        let shown = try await ask(ProviderOperations.show, ProviderRef(name: what))
        let printer = global.printer
        if printer.isQuiet, printer.format == .table {
            return try await printer.text(shown.operations.map { $0.name + "\n" }.joined())
        }
        try await printer.value(try JSONCoding.value(of: shown)) {
            Self.text(shown, coloured: printer.isColoured, printer)
        }
    }

    private static func text(_ shown: ProviderShown, coloured: Bool, _ printer: Printer) -> String {
        let view = shown.provider
        var fields = FieldList()
        fields.add("name", view.name)
        fields.add("title", view.title)
        fields.add("version", view.version)
        fields.add("format", view.format)
        fields.add("server", view.server)
        fields.add("credentials", view.credentials.isEmpty ? "none" : view.credentials.joined(separator: ", "))
        fields.add("mapping", view.mapping)
        fields.add("rents", view.rents ? "machines" : nil)
        fields.add("imported", printer.ago(view.importedAt))
        let table = Table(
            [.init("OPERATION"), .init("KIND"), .init("REQUEST"), .init("STATE"), .init("WHAT")],
            rows: shown.operations.map { row in
                let state = row.fault == nil ? (row.external ? "external" : "internal") : "faulty"
                return [
                    .init(row.name), .init(row.kind), .init("\(row.method) \(row.path)"),
                    .init(state, row.fault == nil ? .plain : .bad), .init(row.fault ?? row.summary),
                ]
            })
        return fields.text(coloured: coloured) + "\n" + table.text(coloured: coloured) + "\n"
            + ProviderReport.defects(shown.defects, coloured)
    }

    private func showOperation(_ name: String) async throws {
        let shown = try await ask(OperationOperations.show, OperationRef(name: name)).operation
        let value = try shown.value()
        let printer = global.printer
        let schema = try value["input"].map { try JSONSchema(json: $0) } ?? .any
        let text = ProviderOperationText(name: name, value: value, input: schema)
        try await printer.value(value) { text.text(coloured: printer.isColoured) }
    }
}

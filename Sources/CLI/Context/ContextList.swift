import ArgumentParser
import CallProtocol
import Link

/// `capstan context list`
struct ContextList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The contexts of this user; the current one is marked.",
        discussion: .flowing(
            """
            Example:
              capstan context list -o json
            """))

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let store = try ContextStore()
        let names = store.names()
        let current = try store.current() ?? (names.count == 1 ? names.first : nil)
        let printer = output.printer
        let rows = names.map { name -> (JSONValue, [Table.Cell]) in
            let entry = try? store.load(name)
            let hub = entry?.hub.map(\.description) ?? []
            let isCurrent = name == current
            return (
                [
                    "name": .string(name), "current": .bool(isCurrent), "hub": .array(hub.map { .string($0) }),
                    "operator": entry.map { .string($0.peerName) } ?? .null,
                    "fingerprint": entry?.fingerprints.first.map { .string($0.text) } ?? .null,
                ],
                [
                    Table.Cell(isCurrent ? "*" : " "), Table.Cell(name),
                    entry == nil ? Table.Cell("damaged", .bad) : Table.Cell(hub.joined(separator: ", ")),
                    Table.Cell(entry?.peerName),
                ]
            )
        }
        try await printer.list(
            rows.map(\.0), names: names, empty: "no hub is known here yet; \(ContextStore.howToJoin)"
        ) {
            Table(["", "NAME", "HUB", "OPERATOR"].map { Table.Column($0) }, rows: rows.map(\.1))
        }
    }
}

import ArgumentParser
import CallProtocol
import Operations

/// `capstan operator list`
struct OperatorList: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The operators, by name.",
        discussion: .flowing(
            """
            Example:
              capstan operator list -o json
            """))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let found = try await pages(PeerOperations.list) { PeerListInput(kind: .operator_, cursor: $0) }
        let printer = global.printer
        try await printer.list(
            try found.map { try JSONCoding.value(of: $0) }, names: found.map(\.name),
            empty: "no operators; make a token with: capstan token create --kind operator"
        ) {
            Table(
                [
                    .init("NAME"), .init("ROLE"), .init("STATE"), .init("LINKS", isNumber: true), .init("MADE"),
                    .init("ID"),
                ],
                rows: found.map { peer in
                    [
                        .init(peer.name), .init(peer.role), .init(peer.state, .state(peer.state)),
                        .init("\(peer.links)"), .init(printer.ago(peer.createdAt)), .init(peer.id, .faint),
                    ]
                })
        }
    }
}

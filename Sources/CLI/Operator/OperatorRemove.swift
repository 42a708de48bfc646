import ArgumentParser
import CallProtocol
import Operations

/// `capstan operator remove`
struct OperatorRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take an operator out for good.",
        discussion: .flowing(
            """
            Its links, calls and sessions end at once, and its key is refused from then on; to come back it needs a new token.
            The last admin cannot be removed, and nobody can remove themselves.

            Example:
              capstan operator remove anna
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .operators) var peer: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(PeerOperations.remove, PeerRef(peer: peer, kind: .operator_), of: peer)
        let printer = global.printer
        if printer.format != .table { try await printer.value(["removed": .string(peer)]) { "" } }
        printer.notice("\(peer) is removed")
    }
}

import ArgumentParser
import Operations

/// `capstan operator disable`
struct OperatorDisable: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Shut an operator out until further notice.",
        discussion: .flowing(
            """
            Its links, calls and sessions end at once. The last admin cannot be disabled, and nobody can disable themselves.

            Example:
              capstan operator disable anna
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .operators) var peer: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await change(PeerOperations.disable, PeerRef(peer: peer, kind: .operator_), of: peer) {
            "\($0.name) is \($0.state)"
        }
    }
}

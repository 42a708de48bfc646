import ArgumentParser
import Operations

/// `capstan operator enable`
struct OperatorEnable: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled operator in again.",
        discussion: .flowing(
            """
            Its key holds as before.

            Example:
              capstan operator enable anna
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .operators) var peer: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await change(PeerOperations.enable, PeerRef(peer: peer, kind: .operator_), of: peer) {
            "\($0.name) is \($0.state)"
        }
    }
}

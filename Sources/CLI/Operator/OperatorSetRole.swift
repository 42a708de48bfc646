import ArgumentParser
import Operations

/// `capstan operator set-role`
struct OperatorSetRole: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-role", abstract: "Give an operator another role.",
        discussion: .flowing(
            """
            It holds from the next call on. Unless the new role allows everything that the old one did, the operator's
            links close, and with them running calls and sessions. The last admin stays one, and nobody changes their own
            role.

            Example:
              capstan operator set-role anna viewer
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .operators) var peer: String

    @Argument(help: "admin, operator, viewer, or one of capstan role list.", completion: .roles) var role: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await change(PeerOperations.setRole, PeerRoleInput(peer: peer, role: role), of: peer) {
            "\($0.name) has the role \($0.role ?? role)"
        }
    }
}

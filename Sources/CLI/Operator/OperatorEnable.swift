import ArgumentParser
import CallProtocol
import Operations

/// `capstan operator enable`
struct OperatorEnable: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled operator in again.",
        discussion: """
            Its key holds as before.

            Example:
              capstan operator enable anna
            """)

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .operators) var peer: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(PeerOperations.enable, PeerRef(peer: peer, kind: .operator_))
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: view)) {
            CellText.line("\(view.name) is \(view.state)") + "\n"
        }
    }
}

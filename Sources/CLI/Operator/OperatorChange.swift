import CallProtocol
import Operations

extension HubCommand {
    /// Changes an operator, and shows how they stand then.
    ///
    /// - Parameter sentence: the same for people.
    func change<Input>(
        _ operation: Operation<Input, PeerView>, _ input: Input, sentence: (PeerView) -> String
    ) async throws {
        let view = try await ask(operation, input)
        try await global.printer.value(try JSONCoding.value(of: view)) { CellText.line(sentence(view)) + "\n" }
    }
}

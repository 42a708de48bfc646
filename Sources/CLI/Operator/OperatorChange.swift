import CallProtocol
import Operations

extension HubCommand {
    /// Changes an operator, and shows how they stand then.
    ///
    /// - Parameters:
    ///   - peer: whom the input means, as the caller wrote it.
    ///   - sentence: the same for people.
    func change<Input>(
        _ operation: Operation<Input, PeerView>, _ input: Input, of peer: String, sentence: (PeerView) -> String
    ) async throws {
        let view = try await ask(operation, input, of: peer)
        try await global.printer.value(try JSONCoding.value(of: view)) { CellText.line(sentence(view)) + "\n" }
    }

    /// Asks for something that is done to an operator, who may not be there.
    func ask<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, of peer: String
    ) async throws -> Output {
        do {
            return try await ask(operation, input)
        } catch let error as CallError where error.code == .notFound {
            throw Failure.noOperator(peer)
        }
    }
}

extension Failure {
    /// Nobody is meant by what the caller wrote.
    static func noOperator(_ peer: String) -> Failure {
        Failure(
            .notFound, "there is no operator `\(CellText.line(peer))`",
            advice: "capstan operator list shows who there is")
    }
}

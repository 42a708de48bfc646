import Operations

extension HubCommand {
    /// Asks one node, or all where none is named, shows what they have, and says which did not answer.
    ///
    /// - Parameter show: gets the answers by the names of their nodes.
    /// - Throws: a named node's refusal; ``ProgramExit`` when somebody should have answered and nobody did.
    func list<Input: Described, Output: Described>(
        _ operation: Operation<Input, Output>, _ input: Input, on node: String?,
        show: ([(node: String, output: Output)]) async throws -> Void
    ) async throws {
        if let node { return try await show([(node, try await ask(operation, input, node: node))]) }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let nodes = try await FleetNode.matching(.everything, connector, until: deadline)
        let answers = try await FleetQuery(operation: operation, input: input)
            .run(on: nodes, connector, until: deadline)
        await connector.close()
        try await show(answers.good.map { ($0.node.name, $0.output) })
        answers.tellSilent()
        if answers.exitCode != 0 { throw ProgramExit(code: answers.exitCode) }
    }
}

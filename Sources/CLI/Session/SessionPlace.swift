import ArgumentParser
import CallProtocol
import Operations

/// Where a session is: on the node that was named, or on the one node that has it.
struct SessionChoice: ParsableArguments {
    @Option(help: "The node; left out, the one that has the session.", completion: .nodes) var node: String?

    /// - Parameter text: a session's id, a unique beginning of one, or its name.
    /// - Throws: a ``Failure`` of exit code 2 when no node has it, or several do.
    func find(_ text: String, _ connector: HubConnector, until deadline: Deadline) async throws -> SessionPlace {
        let nodes: [FleetNode]
        if let node {
            nodes = [FleetNode(id: node, name: node)]
        } else {
            nodes = try await FleetNode.matching(.everything, connector, until: deadline)
        }
        let answers = try await FleetQuery(operation: TTYOperations.list, input: TTYListInput())
            .run(on: nodes, connector, until: deadline)
        let all = answers.good.flatMap { answer in
            answer.output.sessions.map { SessionPlace(node: answer.node, view: $0) }
        }
        let meant = Self.meant(text, all)
        if meant.count == 1 { return meant[0] }
        guard meant.isEmpty else {
            let places = meant.map { "\($0.view.session) on \($0.node.name)" }.joined(separator: ", ")
            throw Failure.misuse("`\(text)` may be \(places)", advice: "say which by its id, or with --node")
        }
        // Of a single node its own words say more than that nothing was found.
        if node != nil, let error = answers.silent.first?.error { throw error }
        answers.tellSilent()
        throw Failure(
            .notFound, "no node that answers knows a session `\(text)`", advice: "capstan session list --all shows them"
        )
    }

    /// Those that a text may mean: by id, by name (one that runs before those that have ended, and of these the latest),
    /// or by the beginning of an id.
    static func meant(_ text: String, _ all: [SessionPlace]) -> [SessionPlace] {
        let exact = all.filter { $0.view.session == text }
        if !exact.isEmpty { return exact }
        let named = all.filter { $0.view.name == text }
        let running = named.filter { $0.view.state == .running }
        if !running.isEmpty { return running }
        if let last = named.max(by: { $0.view.session < $1.view.session }) { return [last] }
        return all.filter { $0.view.session.hasPrefix(text.uppercased()) }
    }
}

/// A session on a node.
struct SessionPlace: Sendable {
    let node: FleetNode
    let view: TTYSessionView
}

extension CompletionKind {
    static var sessions: CompletionKind { .shellCommand("capstan session list --all --quiet 2>/dev/null") }
}

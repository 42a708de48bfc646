import CallProtocol
import NIOCore
import Operations

/// A program on all nodes that match, 32 at a time on one link.
struct ExecOnMany: Sendable {
    let input: TTYOpenInput
    let options: GlobalOptions
    /// How many nodes are asked at once.
    static let width = 32
    /// How long one node may take to start the program where nothing was said, so that none holds up the others.
    var openingLimit = Duration.seconds(30)

    /// Runs it everywhere. - Returns: the worst code; 69 when no node answered.
    func run(_ connector: HubConnector, _ selector: LabelSelector) async throws -> Int32 {
        let deadline = Deadline(in: options.wait)
        let nodes = try await FleetNode.matching(selector, connector, until: deadline)
        guard !nodes.isEmpty else {
            throw Failure(
                .notFound, "no node has the labels \(selector)", advice: "capstan node list shows all nodes")
        }
        let connection = try await connector.connection(until: deadline)
        let output = FanOutput(printer: options.printer, nodes: nodes)
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            var waiting = nodes[...]
            var outcomes: [Outcome] = []
            for node in waiting.prefix(Self.width) {
                group.addTask { try await one(node, connection, output, deadline) }
            }
            waiting = waiting.dropFirst(Self.width)
            while let outcome = try await group.next() {
                outcomes.append(outcome)
                if let node = waiting.popFirst() { group.addTask { try await one(node, connection, output, deadline) } }
            }
            return outcomes.sorted { $0.node < $1.node }
        }
        try await output.summary(outcomes)
        await connector.close()
        return Self.code(of: outcomes)
    }

    static func code(of outcomes: [Outcome]) -> Int32 {
        guard outcomes.contains(where: \.answered) else { return ErrorCode.unavailable.exitCode }
        return outcomes.map(\.code).max() ?? 0
    }

    private func one(
        _ node: FleetNode, _ connection: HubConnection, _ output: FanOutput, _ deadline: Deadline
    ) async throws -> Outcome {
        var wasOpened = false
        do {
            let opening = deadline.rest == nil ? Deadline(in: openingLimit) : deadline
            let session = try await opening.hold("it did not start the program in time; it was called off") {
                try await ExecSession(connection.calls, input, node: node.id)
            }
            wasOpened = true
            try? await session.endInput()
            let exit = try await session.follow(within: deadline.rest) { try await output.write($0, $1, of: node) }
            session.conclude()
            try await output.finish(node)
            return Outcome(node: node.name, exit: exit)
        } catch is TimeOver {
            try await output.finish(node)
            let error = CallError(.timeout, "it did not end in the time of --wait, and was ended")
            return Outcome(node: node.name, error: error, wasOpened: true)
        } catch let error as CallError {
            try await output.finish(node)
            return Outcome(node: node.name, error: error, wasOpened: wasOpened)
        }
    }
}

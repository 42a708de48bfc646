import CallProtocol
import Operations

/// One question asked of many nodes, 32 at a time over one link.
struct FleetQuery<Input: Described, Output: Described>: Sendable {
    let operation: Operation<Input, Output>
    let input: Input
    /// How long one node may take where nothing was said, so that none holds up the others.
    var limit = Duration.seconds(30)

    /// How many nodes are asked at once.
    private static var width: Int { 32 }

    func run(
        on nodes: [FleetNode], _ connector: HubConnector, until deadline: Deadline
    ) async throws -> FleetAnswers<Output> {
        let connection = try await connector.connection(until: deadline)
        let answers = await withTaskGroup(of: (FleetNode, Result<Output, CallError>).self) { group in
            var waiting = nodes[...]
            for node in waiting.prefix(Self.width) { group.addTask { (node, await one(node, connection, deadline)) } }
            waiting = waiting.dropFirst(Self.width)
            var answers: [(FleetNode, Result<Output, CallError>)] = []
            while let answer = await group.next() {
                answers.append(answer)
                if let node = waiting.popFirst() { group.addTask { (node, await one(node, connection, deadline)) } }
            }
            return answers.sorted { $0.0.name < $1.0.name }
        }
        return FleetAnswers(answers: answers)
    }

    private func one(
        _ node: FleetNode, _ connection: HubConnection, _ deadline: Deadline
    ) async -> Result<Output, CallError> {
        let own = Deadline(in: deadline.rest ?? limit)
        let options = CallClient.Options(node: .named(node.id), deadlineMs: own.callMs)
        do throws(CallError) {
            return .success(try await connection.calls.call(operation, input, options))
        } catch {
            return .failure(error)
        }
    }
}

/// What the nodes answered, by their names.
struct FleetAnswers<Output: Sendable>: Sendable {
    let answers: [(node: FleetNode, result: Result<Output, CallError>)]

    init(answers: [(FleetNode, Result<Output, CallError>)]) {
        self.answers = answers.map { (node: $0.0, result: $0.1) }
    }

    /// Those that answered.
    var good: [(node: FleetNode, output: Output)] {
        answers.compactMap { answer in
            guard case .success(let output) = answer.result else { return nil }
            return (answer.node, output)
        }
    }

    /// Those that did not, and why; nodes without an engine are none of them.
    var silent: [(node: FleetNode, error: CallError)] {
        answers.compactMap { answer in
            guard case .failure(let error) = answer.result, error.code != .failedPrecondition else { return nil }
            return (answer.node, error)
        }
    }

    /// Names the nodes that did not answer, on stderr, also with `--quiet`: what is shown is not all there is.
    func tellSilent() {
        for (node, error) in silent {
            StandardError.write(
                "capstan: \(CellText.line(node.name)) did not answer: \(CellText.line(error.message))\n")
        }
    }

    /// The exit code of a look at the fleet: 69 when nobody answered and somebody should have.
    var exitCode: Int32 { good.isEmpty && !silent.isEmpty ? ErrorCode.unavailable.exitCode : 0 }
}

import ArgumentParser
import CallProtocol
import Link
import NIOPosix
import Operations

/// A command that asks a hub.
protocol HubCommand: AsyncParsableCommand, Advising {
    var global: GlobalOptions { get }
}

extension HubCommand {
    func advice(for code: ErrorCode) -> String? {
        code == .unauthenticated ? "log in again with a new token: capstan login TOKEN" : nil
    }

    /// The chosen context's connector; perhaps it is dialling already.
    func connector() async throws -> HubConnector {
        if global.context == nil, let early = await HeadStart.connector?.value { return early }
        return try HubConnector.chosen(global.context)
    }

    /// One call on a link of its own, with `--wait` as its deadline and as the time to keep trying.
    func ask<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, node: String? = nil
    ) async throws -> Output {
        let connector = try await connector()
        let output = try await connector.ask(operation, input, node: node, wait: global.wait)
        await connector.close()
        return output
    }
}

extension HubConnector {
    /// The connector of a context, the current one where none is named; nothing is dialled yet.
    /// - Parameter group: what the link runs on; a thread of its own where it is left out.
    static func chosen(_ name: String?, group: MultiThreadedEventLoopGroup? = nil) throws -> HubConnector {
        let store = try ContextStore()
        let context = try store.choose(name)
        return HubConnector(context, group: group) { pins in
            // Where it cannot be written the chain leads to the hub next time as well.
            try? store.setFingerprints(context.name, to: pins)
        }
    }

    /// One query or mutation, with a time of its own.
    ///
    /// - Parameter wait: the deadline; where it is given, `UNAVAILABLE` is tried again until then.
    func ask<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, node: String? = nil, wait: Duration? = nil,
        key: String? = nil
    ) async throws -> Output {
        try await ask(operation, input, node: node, until: Deadline(in: wait), key: key)
    }

    /// One query or mutation. A mutation carries a key, so that asking again has no second effect.
    ///
    /// - Parameter deadline: of the call, and of trying again where it ends with `UNAVAILABLE`.
    func ask<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, node: String? = nil, until deadline: Deadline,
        key: String? = nil
    ) async throws -> Output {
        try await answer(operation, input, node: node, until: deadline, key: key).value()
    }

    /// The same, with the answer as it came.
    func answer<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, node: String? = nil, until deadline: Deadline,
        key: String? = nil
    ) async throws -> UnreadAnswer<Output> {
        let key = key ?? (operation.descriptor.kind == .mutation ? Hex.random(16) : nil)
        var pause = RetryPause()
        while true {
            let connection = try await connection(until: deadline)
            do throws(CallError) {
                let options = CallClient.Options(
                    node: node.map { .named($0) }, deadlineMs: deadline.callMs, idempotencyKey: key)
                return try await connection.calls.answer(operation, input, options)
            } catch {
                let isLoss = connection.isLoss(error)
                guard isLoss, try await deadline.pause(&pause) else { throw error }
            }
        }
    }
}

import CallProtocol
import Link
import NIOCore
import Operations
import Synchronization
import Tunnels

/// Takes connections here for one rule, and carries each to a node.
final class ForwardListener: Sendable {
    let rule: ForwardRule
    private let node: String
    private let links: ForwardLinks
    private let tell: @Sendable (String?) -> Void
    private let state = Mutex(State())

    private struct State {
        var channel: (any Channel)?
        var trouble: String?
    }

    /// - Parameter tell: told why connections fail, once for each reason in a row; nil when one has come through again.
    init(_ rule: ForwardRule, to node: String, over links: ForwardLinks, tell: @escaping @Sendable (String?) -> Void) {
        self.rule = rule
        self.node = node
        self.links = links
        self.tell = tell
    }

    /// Says at once what else the first connection would find out.
    /// - Parameter wait: how long a hub or node that is away is waited for.
    func probe(within wait: Duration?) async throws {
        try await links.with { connector in
            do {
                let found = try await connector.ask(TunnelOperations.probe, input, node: node, wait: wait)
                if !found.reachable { note(found.reason) }
            } catch let error as CallError where error.code == .forbidden {
                // Who may only connect finds out by that.
            }
        }
    }

    private var input: TunnelDialInput { TunnelDialInput(host: rule.target.host, port: rule.target.port) }

    /// Begins to listen. - Returns: where.
    /// - Throws: ``Failure`` where that cannot be, as when the port is taken.
    func open(on group: any EventLoopGroup) async throws -> HostPort {
        do {
            let channel = try await ConnectionListener.bind(rule.listen, on: group) { self.begin($0) }
            state.withLock { $0.channel = channel }
            return HostPort(host: rule.listen.host, port: channel.localAddress?.port ?? rule.listen.port)
        } catch {
            throw Failure(
                .failedPrecondition, "cannot listen on \(rule.listen): \(NetworkReason.text(error))",
                advice: "take another port here; port 0 picks a free one")
        }
    }

    func close() {
        state.withLock { $0.channel.take() }?.close(promise: nil)
    }

    private func begin(_ connection: any Channel) {
        Task(executorPreference: EventLoopTasks(connection.eventLoop)) {
            do {
                try await self.links.with { try await self.carry(connection, over: $0) }
            } catch {
                ConnectionRelay.reset(connection)
                self.note("\(capstan.Failure(error).message)")
            }
        }
    }

    private func carry(_ connection: any Channel, over connector: HubConnector) async throws {
        let (_, stream) = try await connector.connection().calls
            .session(TunnelOperations.dial, input, .init(node: .named(node)))
        note(nil)
        _ = try await ConnectionRelay.run(connection, stream)
    }

    private func note(_ trouble: String?) {
        let isNews = state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble != trouble
        }
        if isNews { tell(trouble) }
    }
}

import Logging
import Store

/// Says again what the store holds and nodes have not confirmed: soon after an order failed, and else from time to time.
///
/// One timer for the whole fleet, and one look at the store for all nodes: thousands of them that have nothing to be told
/// cost no more than a few. An order that is under way is not doubled.
struct OrderSweep: Sendable {
    /// How long after a failed order the node is told again.
    static let interval = Duration.seconds(5)
    /// Nodes of which no order failed have their turn once in so many times.
    static let quietTurns = 6

    let core: HubCore

    func run() async {
        var turn = 0
        while !Task.isCancelled {
            do { try await core.clock.sleep(Self.interval) } catch { return }
            turn += 1
            do {
                try await look(atAll: turn % Self.quietTurns == 0)
            } catch {
                core.logger.warning("orders not looked through", metadata: ["error": .string("\(error)")])
            }
        }
    }

    private func look(atAll: Bool) async throws {
        // Each is asked: with that its failure is told, and does not count again.
        let failed = core.sessions.ready.filter { $0.orders.takeFailure() }
        let sessions = atAll ? core.sessions.ready : failed
        guard !sessions.isEmpty else { return }
        let nodes = sessions.map(\.node)
        let (assigned, cancelled) = try await core.store.read { transaction in
            if atAll { return (try transaction.assignedAttempts(), try transaction.cancelledAttempts()) }
            return (
                try nodes.flatMap { try transaction.activeAttempts(on: $0) }.filter { $0.state == .assigned },
                try nodes.flatMap { try transaction.cancelledAttempts(on: $0) }
            )
        }
        let byNode = Dictionary(sessions.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        for attempt in assigned {
            guard let session = byNode[attempt.nodeId], !session.orders.isBusy(attempt.id) else { continue }
            do {
                _ = try await session.deliver(attempt)
            } catch {
                // The others are not to wait for the next look at all.
                core.logger.warning(
                    "order not said again", metadata: ["node": .string(session.node), "error": .string("\(error)")])
            }
        }
        for attempt in cancelled { byNode[attempt.nodeId]?.cancel(attempt.id) }
    }
}

import CallProtocol
import NIOCore
import Operations
import Store

/// On every connect, before anything new is placed: the node's list of attempts against the hub's.
struct NodeReconciler: Sendable {
    let session: NodeSession

    func run() async throws {
        let core = session.core
        let told = try await session.client.call(AttemptOperations.list, AttemptListInput())
        let node = session.node
        let (active, cancelled) = try await core.store.read { transaction in
            (try transaction.activeAttempts(on: node), try transaction.cancelledAttempts(on: node))
        }
        let known = Dictionary(told.attempts.map { ($0.attempt, $0) }, uniquingKeysWith: { first, _ in first })
        try await missing(active.filter { known[$0.id] == nil })
        try await stale(told.attempts, active: Set(active.map(\.id)))
        for status in told.attempts where !status.isTerminal { try await session.take(in: status) }
        for attempt in cancelled where known[attempt.id] != nil { session.cancel(attempt.id) }
    }

    /// Attempts that the node does not know: those never delivered are delivered, the others are lost.
    private func missing(_ attempts: [AttemptRecord]) async throws {
        let (core, name) = (session.core, session.name)
        let now = core.clock.now()
        let engine = AttemptEngine(core: core)
        for attempt in attempts {
            if attempt.state == .assigned {
                let workload = try await core.store.read { try $0.workload(attempt.workloadId) }
                if let workload, !workload.cancelRequested,
                    let spec = try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: workload.spec))
                {
                    session.deliver(attempt, spec)
                    continue
                }
            }
            // An acknowledged result stays on the node until it is forgotten, so that here nothing is known to exist.
            let change = try await core.store.write { transaction in
                try engine.lose(attempt.id, reason: "\(name) does not know this attempt", at: now, in: transaction)
            }
            core.announce([change])
        }
    }

    /// What runs there for an attempt that the hub has given up or placed anew is stopped.
    private func stale(_ told: [AttemptStatus], active: Set<String>) async throws {
        for status in told where !status.isTerminal && !active.contains(status.attempt) {
            session.cancel(status.attempt)
        }
    }
}

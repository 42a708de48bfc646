import CallProtocol
import Formats
import Logging
import NIOCore
import Operations
import Store

/// Places queued workloads whenever something changed, and every few seconds because time itself changes things.
struct Scheduler: Sendable {
    /// Rows written in one transaction, so that a long queue keeps no other write waiting.
    static let batch = 2_000
    static let interval = Duration.seconds(2)
    /// The longest pause while nothing changes. Only a queue that takes long to look through is left alone for so long.
    static let longestInterval = Duration.seconds(60)
    /// What a workload waits for before it was looked at for the first time.
    static let firstReason = "is new in the queue, to be looked at in a moment"

    let core: HubCore
    private let wishes = QueuedWishes()

    init(core: HubCore) {
        self.core = core
    }

    func run() async {
        while !Task.isCancelled {
            let (mark, begun) = (core.schedulerSignal.mark, core.clock.monotonic())
            var due: Int64?
            do {
                due = try await place(mark)
            } catch {
                core.logger.error("placement", metadata: ["error": .string("\(error)")])
            }
            let took = core.clock.monotonic() - begun
            do {
                // A long queue must not keep a core busy because every ended attempt is a change.
                if took > 10 { try await core.clock.sleep(.milliseconds(min(1_000, took))) }
                let pause = Self.pause(took: took, due: due.map { $0 - core.clock.now() })
                try await core.schedulerSignal.wait(after: mark, atMost: pause, on: core.clock)
            } catch {
                return
            }
        }
    }

    /// How long nothing is looked at while nothing changes: until the next retry is due, else long against what a
    /// look costs. Both in milliseconds.
    static func pause(took: Int64, due: Int64?) -> Duration {
        let quiet = min(longestInterval, max(interval, .milliseconds(30 * max(0, min(took, 1_000_000)))))
        return due.map { min(quiet, .milliseconds(max(10, $0))) } ?? quiet
    }

    /// One round: snapshot, plan, transactions, delivery. Returns when the next retry is due, milliseconds since 1970.
    private func place(_ mark: UInt64) async throws -> Int64? {
        let (queued, specs, held) = try await core.store.read { [wishes] transaction in
            let queued = try transaction.queuedWorkloads()
            let specs = try transaction.specs(of: wishes.unknown(of: queued))
            return (queued, specs, queued.isEmpty ? [] : try transaction.heldPlacements())
        }
        wishes.take(specs, keeping: queued)
        guard !queued.isEmpty else { return nil }
        let (now, wishes) = (core.clock.now(), wishes.all)
        let plan = Placement.plan(snapshot(now, queued, held, wishes))
        let rows = Dictionary(queued.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        try await assign(plan.assignments, rows, wishes, at: now)
        let waiting = try await GoneNodes(core: core).end(plan.waiting, rows, wishes, at: now)
        try await tell(waiting, rows, wishes, mark)
        return queued.lazy.map(\.notBefore).filter { $0 > now }.min()
    }

    /// Makes the attempts of a plan and hands them over. Those on nodes of which something has changed since the snapshot
    /// are left to the next round, which is asked for.
    func assign(
        _ choices: [Placement.Assignment], _ rows: [String: QueuedWorkload], _ wishes: [String: QueuedWish],
        at now: Int64
    ) async throws {
        let assignments = choices.compactMap { choice in
            rows[choice.workloadID].map { row in
                Assignment(
                    workloadId: row.id, generation: row.generation, nodeId: choice.nodeID,
                    attemptId: core.ids.next(at: now), resources: (wishes[row.id]?.held ?? HeldResources(nil)).text)
            }
        }
        let seen = Dictionary(
            choices.map { ($0.nodeID, $0.nodeGeneration) }, uniquingKeysWith: { first, _ in first })
        for part in assignments.batches(of: Self.batch) {
            let (made, specs, isOutdated) = try await core.store.write { [core] transaction in
                // Looked at inside the transaction: a change that was answered before it counts.
                let standing = part.filter { core.directory[$0.nodeId]?.generation == seen[$0.nodeId] }
                let made = try transaction.assign(standing, at: now)
                return (made, try transaction.specs(of: made.map(\.workloadId)), standing.count < part.count)
            }
            if isOutdated { core.schedulerSignal.fire() }
            for attempt in made {
                let spec = specs[attempt.workloadId].flatMap {
                    try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: $0))
                }
                if let spec { core.session(attempt.nodeId)?.deliver(attempt, spec) }
                core.workloadTopics.fire(attempt.workloadId)
            }
        }
    }

    /// Writes down why the others wait, first of those that have not been told anything. When something changes
    /// meanwhile the rest is left to the next round, which knows better.
    private func tell(
        _ waiting: [String: Placement.WaitReason], _ rows: [String: QueuedWorkload], _ wishes: [String: QueuedWish],
        _ mark: UInt64
    ) async throws {
        var fresh: [QueueReason] = []
        var changed: [QueueReason] = []
        for row in rows.values {
            // Until its next try is due, what the last one ended with says more.
            if case .backoff? = waiting[row.id], !row.reason.isEmpty { continue }
            let reason = wishes[row.id] == nil ? QueuedWishes.unreadable : waiting[row.id]?.sentence
            guard let reason, reason != row.reason else { continue }
            let told = QueueReason(workloadId: row.id, generation: row.generation, reason: reason)
            if row.reason.isEmpty || row.reason == Self.firstReason { fresh.append(told) } else { changed.append(told) }
        }
        for part in (fresh + changed).batches(of: Self.batch) {
            try await core.store.write { try $0.setQueueReasons(part) }
            for row in part { core.workloadTopics.fire(row.workloadId) }
            guard core.schedulerSignal.mark == mark else { return }
        }
    }

    private func snapshot(
        _ now: Int64, _ queued: [QueuedWorkload], _ held: [HeldPlacement], _ wishes: [String: QueuedWish]
    ) -> Placement.Snapshot {
        let peers = core.directory.nodes
        let states = core.presence.states(of: peers)
        let monotonic = core.clock.monotonic()
        let nodes = peers.map { peer in
            let rest = core.session(peer.id)?.rest.state(at: monotonic) ?? .open
            let refusal: String? = if case .resting(let words) = rest { words } else { nil }
            let most = rest == .probing ? held.count { $0.nodeId == peer.id } + 1 : 10_000
            return Placement.Node(
                id: peer.id, name: peer.name,
                state: state(of: peer, states[peer.id]?.state ?? .offline),
                drain: Placement.Drain(rawValue: peer.drain.rawValue) ?? .none, refusal: refusal, labels: peer.labels,
                capacity: Placement.Resources(peer.facts),
                maxAttempts: most,
                gpuModel: peer.facts?.gpus?.first?.model, generation: peer.generation)
        }
        let running = held.map { held in
            Placement.Running(
                workloadID: held.workloadId, attemptID: held.attemptId, nodeID: held.nodeId,
                resources: HeldResources(text: held.resources).placement, priority: held.priority, owner: held.owner)
        }
        let demands = queued.compactMap { row in wishes[row.id].map { demand(row, $0) } }
        return Placement.Snapshot(
            nowMs: now, nodes: nodes, running: running, queued: demands, policy: core.configuration.placement)
    }

    /// A node is connected for placement once it has said what it runs.
    private func state(of peer: Peer, _ state: NodeState) -> Placement.NodeState {
        let isReady = state != .connected || core.session(peer.id)?.isReady == true
        return isReady ? Placement.NodeState(rawValue: state.rawValue) ?? .offline : .disconnected
    }

    private func demand(_ row: QueuedWorkload, _ wish: QueuedWish) -> Placement.Demand {
        Placement.Demand(
            workloadID: row.id, priority: row.priority, submittedAtMs: row.submittedAt,
            resources: wish.held.placement, selector: wish.selector, reach: NodeReach(stored: row.reach),
            nodeID: wish.node.map { (try? core.directory.node($0).id) ?? $0 },
            notBeforeMs: row.notBefore > 0 ? row.notBefore : nil, owner: row.owner)
    }
}

extension Array {
    /// The elements in order, cut into parts of `size` at most.
    fileprivate func batches(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

import CallProtocol
import Logging
import NIOCore
import Operations
import Store

/// Places queued workloads whenever something changed, and every few seconds because time itself changes things.
struct Scheduler: Sendable {
    /// Queued workloads looked at in one round, the most urgent first.
    static let batch = 20_000
    static let interval = Duration.seconds(2)

    let core: HubCore

    func run() async {
        while !Task.isCancelled {
            let (mark, begun) = (core.schedulerSignal.mark, core.clock.monotonic())
            do {
                try await place()
            } catch {
                core.logger.error("placement", metadata: ["error": .string("\(error)")])
            }
            let took = core.clock.monotonic() - begun
            do {
                // A long queue must not keep a core busy because every ended attempt is a change.
                if took > 10 { try await core.clock.sleep(.milliseconds(min(1_000, took))) }
                try await core.schedulerSignal.wait(after: mark, atMost: Self.interval, on: core.clock)
            } catch {
                return
            }
        }
    }

    /// One round: snapshot, plan, one transaction, delivery.
    func place() async throws {
        let (queued, held) = try await core.store.read { transaction in
            let queued = try transaction.queuedWorkloads(limit: Self.batch)
            return (queued, queued.isEmpty ? [] : try transaction.heldPlacements())
        }
        guard !queued.isEmpty else { return }
        let now = core.clock.now()
        let rows = Dictionary(queued.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let specs = rows.compactMapValues { try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: $0.spec)) }
        let plan = Placement.plan(snapshot(now, queued, held, specs))
        let assignments = plan.assignments.compactMap { choice in
            rows[choice.workloadID].map { row in
                Assignment(
                    workloadId: row.id, generation: row.generation, nodeId: choice.nodeID,
                    attemptId: core.ids.next(at: now), resources: HeldResources(specs[row.id]).text)
            }
        }
        let reasons = plan.waiting.compactMap { id, reason -> (id: String, reason: String)? in
            let sentence = reason.sentence
            return rows[id]?.reason == sentence ? nil : (id, sentence)
        }
        guard !assignments.isEmpty || !reasons.isEmpty else { return }
        let made = try await core.store.write { transaction in
            try transaction.setQueueReasons(reasons)
            return try transaction.assign(assignments, at: now)
        }
        for attempt in made {
            if let spec = specs[attempt.workloadId] { core.session(attempt.nodeId)?.deliver(attempt, spec) }
            core.workloadTopics.fire(attempt.workloadId)
        }
        for (id, _) in reasons { core.workloadTopics.fire(id) }
    }

    private func snapshot(
        _ now: Int64, _ queued: [QueuedWorkload], _ held: [HeldPlacement], _ specs: [String: WorkloadSpec]
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
                capacity: Placement.Resources(
                    milliCPU: (peer.facts?.cpus ?? 0) * 1_000, memoryBytes: peer.facts?.memory ?? 0,
                    gpus: peer.facts?.gpus?.count ?? 0),
                maxAttempts: most,
                gpuModel: peer.facts?.gpus?.first?.model)
        }
        let running = held.map { held in
            Placement.Running(
                workloadID: held.workloadId, attemptID: held.attemptId, nodeID: held.nodeId,
                resources: HeldResources(text: held.resources).placement, priority: held.priority)
        }
        let demands = queued.compactMap { row in specs[row.id].map { demand(row, $0) } }
        return Placement.Snapshot(
            nowMs: now, nodes: nodes, running: running, queued: demands, policy: core.configuration.placement)
    }

    /// A node is connected for placement once it has said what it runs.
    private func state(of peer: Peer, _ state: NodeState) -> Placement.NodeState {
        let isReady = state != .connected || core.session(peer.id)?.isReady == true
        return isReady ? Placement.NodeState(rawValue: state.rawValue) ?? .offline : .disconnected
    }

    private func demand(_ row: QueuedWorkload, _ spec: WorkloadSpec) -> Placement.Demand {
        Placement.Demand(
            workloadID: row.id, priority: row.priority, submittedAtMs: row.submittedAt,
            resources: HeldResources(spec).placement,
            selector: (try? LabelSelector(parsing: spec.labels ?? [])) ?? .everything,
            reach: NodeReach(stored: row.reach),
            nodeID: spec.node.map { (try? core.directory.node($0).id) ?? $0 },
            notBeforeMs: row.notBefore > 0 ? row.notBefore : nil, owner: row.owner)
    }
}

/// What an attempt holds on its node, as it is stored.
struct HeldResources: Codable {
    var milliCPU = 0
    var memory: Int64 = 0

    init(_ spec: WorkloadSpec?) {
        milliCPU = Int((spec?.cpus ?? 0) * 1_000)
        memory = spec?.memory ?? 0
    }

    init(text: String) {
        if let held = try? JSONCoding.decode(HeldResources.self, from: .init(string: text)) { self = held }
    }

    var text: String { (try? JSONCoding.encode(self).description) ?? "{}" }

    var placement: Placement.Resources { Placement.Resources(milliCPU: milliCPU, memoryBytes: memory) }
}

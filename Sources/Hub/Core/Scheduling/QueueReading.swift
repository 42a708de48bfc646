package import Store

/// What one round of placement begins with: the queue, what each workload in it asks, and what is held on the nodes.
package struct QueueReading: Sendable {
    package let rows: [QueuedWorkload]
    package let held: [HeldPlacement]
    /// What each of `rows` asks; nil where the specification cannot be read.
    private let wishes: [QueuedWish?]
    /// Where each workload stands in `rows`.
    private let places: [String: Int]

    /// Reads the store. What specifications say is read and decoded once and remembered in `known`.
    package init(_ store: HubStore, _ known: QueuedWishes) async throws {
        let (rows, specs, held) = try await store.read { transaction in
            let rows = try transaction.queuedWorkloads()
            let specs = try transaction.specs(of: known.unknown(of: rows))
            return (rows, specs, rows.isEmpty ? [] : try transaction.heldPlacements())
        }
        self.rows = rows
        self.held = held
        wishes = known.take(specs, of: rows)
        places = Dictionary(rows.indices.map { (rows[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The queued workload of this id.
    func row(_ id: String) -> QueuedWorkload? { places[id].map { rows[$0] } }

    /// What it asks; nil where its specification cannot be read.
    func wish(_ id: String) -> QueuedWish? { places[id].flatMap { wishes[$0] } }

    /// How many attempts a node may have that is asked whether it has room again: one more than it has, unless one is
    /// there of which it has said nothing yet. For nodes that have some.
    var probes: [String: Int] {
        let unanswered = Set(held.lazy.filter { !$0.isAnswered }.map(\.nodeId))
        return held.reduce(into: [:]) { $0[$1.nodeId, default: unanswered.contains($1.nodeId) ? 0 : 1] += 1 }
    }

    /// What the planner is asked. Workloads whose specification cannot be read are left out.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - idOfNode: the id that a person's word for a node means; a word that means none is taken for an id.
    package func snapshot(
        of nodes: [Placement.Node], at now: Int64, policy: Placement.Policy, idOfNode: (String) -> String
    ) -> Placement.Snapshot {
        // Many attempts hold the same.
        var amounts: [String: Placement.Resources] = [:]
        let running = held.map { held in
            let resources = amounts[held.resources] ?? HeldResources(text: held.resources).placement
            amounts[held.resources] = resources
            return Placement.Running(
                workloadID: held.workloadId, attemptID: held.attemptId, nodeID: held.nodeId, resources: resources,
                priority: held.priority, owner: held.owner)
        }
        // A word may have to be compared with every node, and many may be pinned to the same.
        var ids: [String: String] = [:]
        func id(_ word: String) -> String {
            if let id = ids[word] { return id }
            let id = idOfNode(word)
            ids[word] = id
            return id
        }
        let demands = zip(rows, wishes).compactMap { row, wish in
            wish.map { wish in
                Placement.Demand(
                    workloadID: row.id, priority: row.priority, submittedAtMs: row.submittedAt,
                    resources: wish.held.placement, selector: wish.selector, reach: wish.reach,
                    nodeID: wish.node.map(id), gpuModel: wish.gpuModel, needsEngine: wish.needsEngine,
                    notBeforeMs: Scheduler.due(row.notBefore, at: now),
                    owner: row.owner)
            }
        }
        return Placement.Snapshot(nowMs: now, nodes: nodes, running: running, queued: demands, policy: policy)
    }

    /// What a plan decided, as the store takes it.
    ///
    /// - Parameter attemptID: makes the ULID of an attempt.
    package func assignments(_ choices: [Placement.Assignment], attemptID: () -> String) -> [Assignment] {
        choices.compactMap { choice in
            places[choice.workloadID].map { place in
                Assignment(
                    workloadId: rows[place].id, generation: rows[place].generation, nodeId: choice.nodeID,
                    attemptId: attemptID(), resources: (wishes[place]?.held ?? HeldResources(nil)).text)
            }
        }
    }

    /// Those of the waiting for which a machine may be rented now, first those that are first in the queue.
    func rents(_ waiting: [String: Placement.WaitReason]) -> [RentDemand] {
        zip(rows, wishes).compactMap { row, wish in
            guard let rent = wish?.rent, let why = waiting[row.id] else { return nil }
            if case .backoff = why { return nil }
            return RentDemand(workload: row.id, generation: row.generation, owner: row.owner, rent: rent)
        }
    }

    /// The reasons that are not shown yet: first of those that have not been told anything.
    /// - Parameter renting: why nothing is rented for some, by workload.
    package func reasons(
        _ waiting: [String: Placement.WaitReason], _ renting: [String: String] = [:]
    ) -> [QueueReason] {
        var fresh: [QueueReason] = []
        var changed: [QueueReason] = []
        // Many wait for the same, and a reason names what they share.
        var sentences: [Placement.WaitReason: String] = [:]
        for (row, wish) in zip(rows, wishes) {
            let why = waiting[row.id]
            // Until its next try is due, what the last one ended with says more.
            if case .backoff? = why, !row.reason.isEmpty { continue }
            var reason: String? = QueuedWishes.unreadable
            if wish != nil {
                reason = why.map { sentences[$0] ?? $0.sentence }
                if let why, let reason { sentences[why] = reason }
            }
            if let words = renting[row.id], let alone = reason { reason = "\(alone); \(words)" }
            guard let reason, reason != row.reason else { continue }
            let told = QueueReason(workloadId: row.id, generation: row.generation, reason: reason)
            if row.reason.isEmpty || row.reason == Scheduler.firstReason {
                fresh.append(told)
            } else {
                changed.append(told)
            }
        }
        return fresh + changed
    }
}

import CallProtocol
import Link
import Operations
import Store

extension HubCore {
    /// How long a node that is to be removed by force has to take the order to end its programs.
    private static let farewellMs: Int64 = 5_000

    func remove(_ input: NodeRemoval, _ context: CallContext) async throws -> NodeRemoved {
        let node = try visible(input.node, NodeOperations.remove.descriptor, context)
        return try await remove(node, force: input.force == true, by: context.caller)
    }

    /// Removal reaches the links before the answer leaves.
    /// - Parameter reason: why what it ran is lost; that it was removed, where none is given.
    func remove(
        _ node: Peer, force: Bool, by caller: Caller, because reason: String? = nil
    ) async throws -> NodeRemoved {
        // Given up first, so that nothing is placed there while it is told; told while its link is still there.
        let (lost, changes) = try await inTurn {
            let given = try await giveUp(
                node, force: force, by: caller, because: reason ?? "\(node.name) was removed")
            directory.drop(node.id)
            return given
        }
        announce(changes)
        let unreached = await tellToEnd(lost, of: node)
        let farewell = GoAway(code: .unauthenticated, reason: "this node was removed from the fleet")
        presence.remove(node.id)?.dismiss(farewell)
        // A link that is draining stands in no slot any more.
        for link in openLinks.links(of: node.id) { link.dismiss(farewell) }
        return NodeRemoved(node: node.id, lost: lost.map(\.workloadId), unreached: unreached)
    }

    /// Tells the node to end its programs, since nobody can once it is gone.
    /// - Returns: the workloads of which it has not taken the order in time.
    private func tellToEnd(_ attempts: [AttemptRecord], of node: Peer) async -> [String] {
        guard let client = sessions[node.id]?.client else { return attempts.map(\.workloadId) }
        return await withTaskGroup(of: String?.self) { group in
            for attempt in attempts {
                group.addTask {
                    let order = AttemptRef(attempt: attempt.id)
                    let answer = try? await client.call(
                        AttemptOperations.cancel, order, .init(deadlineMs: Self.farewellMs))
                    return answer == nil ? attempt.workloadId : nil
                }
            }
            return await group.reduce(into: []) { unreached, workload in
                if let workload { unreached.append(workload) }
            }
        }
    }

    /// One transaction, so that nothing can be placed there between the look and the removal.
    private func giveUp(
        _ node: Peer, force: Bool, by caller: Caller, because reason: String
    ) async throws -> (lost: [AttemptRecord], changes: [WorkloadChange?]) {
        let (now, engine) = (clock.now(), AttemptEngine(core: self))
        return try await store.write { transaction in
            let attempts = try transaction.activeAttempts(on: node.id)
            guard attempts.isEmpty || force else { throw Self.busy(node, attempts) }
            let changes = try attempts.map { attempt in
                try engine.lose(attempt.id, reason: reason, at: now, in: transaction)
            }
            try transaction.removePeer(node.id, at: now)
            _ = try transaction.append(
                EventDraft(
                    at: now, kind: "node.removed", severity: .security, actor: caller.peer, node: node.id,
                    subject: node.id, message: "\(node.name) was removed by \(caller.name)"))
            return (attempts, changes)
        }
    }

    private static func busy(_ node: Peer, _ running: [AttemptRecord]) -> CallError {
        let count = running.count == 1 ? "a workload" : "\(running.count) workloads"
        return CallError(
            .failedPrecondition,
            "\(node.name) has \(count): drain it and wait, cancel them, or remove it by force, which ends them",
            details: ["workloads": .array(running.map { .string($0.workloadId) })])
    }
}

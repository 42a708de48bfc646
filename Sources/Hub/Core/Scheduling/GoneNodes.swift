import Store

/// The end of queued workloads that are pinned to a node that was removed: it never comes back, even where another
/// machine takes its name later.
struct GoneNodes: Sendable {
    /// Workloads that are ended in one round; the others are in the next.
    static let batch = 500

    let core: HubCore

    /// Ends those that wait for a removed node.
    /// - Returns: why the others wait.
    func end(
        _ waiting: [String: Placement.WaitReason], _ reading: QueueReading, at now: Int64
    ) async throws -> [String: Placement.WaitReason] {
        let gone = waiting.compactMap { id, reason -> (row: QueuedWorkload, node: String)? in
            guard reason.mayBeGone, let row = reading.row(id), let text = reading.wish(id)?.node else { return nil }
            return core.directory.removedNode(text).map { (row, $0) }
        }.prefix(Self.batch)
        guard !gone.isEmpty else { return waiting }
        let ended = try await core.store.write { transaction in
            try gone.compactMap { row, node in
                let workload = try transaction.finishWorkload(
                    row.id, generation: row.generation, state: .failed,
                    reason: "it was to run on \(node) alone, which was removed", at: now)
                guard let workload else { return nil as String? }
                _ = try transaction.append(
                    EventDraft(
                        at: now, kind: "workload.failed", severity: .warning, subject: row.id,
                        message: "workload \(workload.name) failed: its node \(node) was removed"))
                return row.id
            }
        }
        core.events.wrote()
        for id in ended { core.workloadTopics.fire(id) }
        let all = Set(gone.map(\.row.id))
        return waiting.filter { !all.contains($0.key) }
    }
}

extension Placement.WaitReason {
    /// Whether a node that it is pinned to cannot be there.
    fileprivate var mayBeGone: Bool {
        switch self {
        case .pinnedUnknown, .noNodes: true
        default: false
        }
    }
}

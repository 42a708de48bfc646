import GRDB

/// Where a workload stands. The last four are terminal: no attempt follows.
package enum WorkloadState: String, Codable, Sendable, CaseIterable {
    case queued, provisioning, starting, running, succeeded, failed, cancelled, lost

    package var isTerminal: Bool {
        switch self {
        case .queued, .provisioning, .starting, .running: false
        case .succeeded, .failed, .cancelled, .lost: true
        }
    }
}

/// A thing to run, from its submission to its end.
package struct WorkloadRecord: Codable, Sendable, Equatable {
    /// ULID; newer workloads have greater ids.
    package var id: String
    /// Not unique; a name can be used again and again.
    package var name: String
    /// The peer that submitted it.
    package var owner: String
    /// What to run and where it may, JSON.
    package var spec: String
    /// The nodes that its submitter might use when it was submitted, JSON; nil for every node.
    package var reach: String?
    package var state: WorkloadState
    /// Greater comes first.
    package var priority: Int
    /// Why it is still queued, or how it failed; for people.
    package var reason: String
    package var cancelRequested: Bool
    /// The program's, once the workload ended by it.
    package var exitCode: Int?
    /// Unix milliseconds.
    package var submittedAt: Int64
    /// When its program first ran.
    package var startedAt: Int64?
    /// Set exactly in a terminal state.
    package var endedAt: Int64?
    /// Rises with each placement; an attempt of an older generation no longer speaks for the workload.
    package var generation: Int
    package var attemptsMade: Int
    /// How many of them a node refused before anything was started; those are no tries.
    package var refusals: Int
    /// Unix milliseconds before which it is not placed.
    package var notBefore: Int64
    /// The node of the current or last attempt.
    package var nodeId: String?

    package init(
        id: String, name: String, owner: String, spec: String, reach: String? = nil, state: WorkloadState = .queued,
        priority: Int = 50, reason: String = "", cancelRequested: Bool = false, exitCode: Int? = nil,
        submittedAt: Int64,
        startedAt: Int64? = nil, endedAt: Int64? = nil, generation: Int = 0, attemptsMade: Int = 0,
        refusals: Int = 0, notBefore: Int64 = 0, nodeId: String? = nil
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.spec = spec
        self.reach = reach
        self.state = state
        self.priority = priority
        self.reason = reason
        self.cancelRequested = cancelRequested
        self.exitCode = exitCode
        self.submittedAt = submittedAt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.generation = generation
        self.attemptsMade = attemptsMade
        self.refusals = refusals
        self.notBefore = notBefore
        self.nodeId = nodeId
    }
}

extension WorkloadRecord {
    /// How often it was tried to run it.
    package var tries: Int { attemptsMade - refusals }
}

extension WorkloadRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "workloads"
}

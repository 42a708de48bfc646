import GRDB

/// Where an attempt stands. The last four are terminal and final.
package enum AttemptState: String, Codable, Sendable, CaseIterable {
    case assigned, starting, running, succeeded, failed, cancelled, lost

    package var isTerminal: Bool { progress == 3 }

    /// How far along a state is; reports of an equal or smaller progress say nothing new.
    var progress: Int {
        switch self {
        case .assigned: 0
        case .starting: 1
        case .running: 2
        case .succeeded, .failed, .cancelled, .lost: 3
        }
    }

    /// The state in which the workload is while this is its current attempt; nil once the attempt ended, because
    /// then another may follow.
    var ofWorkload: WorkloadState? {
        switch self {
        case .assigned, .starting: .starting
        case .running: .running
        case .succeeded, .failed, .cancelled, .lost: nil
        }
    }
}

/// One try to run a workload on one node.
package struct AttemptRecord: Codable, Sendable, Equatable {
    /// ULID.
    package var id: String
    package var workloadId: String
    /// 1 for the first try.
    package var number: Int
    /// The workload's generation when it was placed.
    package var generation: Int
    package var nodeId: String
    package var state: AttemptState
    /// Since when its node has been offline; nil while the node can be asked.
    package var unknownSince: Int64?
    package var exitCode: Int?
    /// The signal that ended the program.
    package var signal: Int?
    /// How it failed or why it was ended; for people.
    package var reason: String
    /// Unix milliseconds.
    package var createdAt: Int64
    package var startedAt: Int64?
    /// Set exactly in a terminal state.
    package var endedAt: Int64?
    /// Bytes of output recorded on the node.
    package var logBytes: Int64
    package var logTruncated: Bool
    /// Whether the hub has its copy of the whole log.
    package var logsCollected: Bool
    /// The signed result, JSON; never replaced once there.
    package var receipt: String?
    /// What it holds while it lasts, JSON.
    package var resources: String

    package init(
        id: String, workloadId: String, number: Int, generation: Int, nodeId: String,
        state: AttemptState = .assigned, unknownSince: Int64? = nil, exitCode: Int? = nil, signal: Int? = nil,
        reason: String = "", createdAt: Int64, startedAt: Int64? = nil, endedAt: Int64? = nil, logBytes: Int64 = 0,
        logTruncated: Bool = false, logsCollected: Bool = false, receipt: String? = nil, resources: String = "{}"
    ) {
        self.id = id
        self.workloadId = workloadId
        self.number = number
        self.generation = generation
        self.nodeId = nodeId
        self.state = state
        self.unknownSince = unknownSince
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.logBytes = logBytes
        self.logTruncated = logTruncated
        self.logsCollected = logsCollected
        self.receipt = receipt
        self.resources = resources
    }
}

extension AttemptRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "attempts"
}

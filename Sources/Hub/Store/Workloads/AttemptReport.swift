/// News of an attempt, from its spoke or from the hub's own lost clock.
package struct AttemptReport: Sendable, Equatable {
    package var attemptId: String
    package var state: AttemptState
    package var exitCode: Int?
    package var signal: Int?
    package var reason: String?
    /// Unix milliseconds; when its program began.
    package var startedAt: Int64?
    /// Unix milliseconds; when it ended. Left out in a terminal report: the time of applying.
    package var endedAt: Int64?
    package var logBytes: Int64?
    package var logTruncated: Bool?
    /// The signed result, JSON.
    package var receipt: String?

    package init(
        attemptId: String, state: AttemptState, exitCode: Int? = nil, signal: Int? = nil, reason: String? = nil,
        startedAt: Int64? = nil, endedAt: Int64? = nil, logBytes: Int64? = nil, logTruncated: Bool? = nil,
        receipt: String? = nil
    ) {
        self.attemptId = attemptId
        self.state = state
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.logBytes = logBytes
        self.logTruncated = logTruncated
        self.receipt = receipt
    }
}

/// What a report changed. Attempt and workload are as they are afterwards.
package enum AttemptChange: Sendable, Equatable {
    /// No attempt of that id.
    case unknown
    /// It said nothing new.
    case unchanged(AttemptRecord)
    /// The attempt moved on; when it is the workload's current one, the workload with it.
    case advanced(AttemptRecord, WorkloadRecord)
    /// The attempt ended. The workload waits for the caller's word, `finishWorkload` or `requeueWorkload`, which
    /// take effect only if the attempt still speaks for it.
    case ended(AttemptRecord, WorkloadRecord)
    /// A result for an attempt already given up as lost: exit code and receipt are kept, its state stays. The
    /// workload may still be finished with it, if it has not ended or been placed again.
    case late(AttemptRecord, WorkloadRecord)
}

/// What the hub asks of a spoke about attempts. The hub alone may.
package enum AttemptOperations {
    package static let start = Operation<AttemptStart, AttemptStatus>(
        "attempt/start", .mutation, subject: .input("attempt"),
        inputLimit: 2 * OperationDescriptor.commonInputLimit,
        summary: "Take up an attempt; the answer comes when it is durable on the node",
        description: "Idempotent by the attempt's id: asked again, it answers with what became of it.")

    package static let cancel = Operation<AttemptRef, AttemptStatus>(
        "attempt/cancel", .mutation, subject: .input("attempt"),
        summary: "End an attempt's program: TERM to its group, KILL after 5 s")

    package static let list = Operation<AttemptListInput, AttemptStatusList>(
        "attempt/list", .query, summary: "Every attempt the node knows")

    package static let logs = Operation<AttemptLogsInput, LogPiece>(
        "attempt/logs", .subscription, summary: "The recorded output from an offset, live if asked for")

    package static let forget = Operation<AttemptRef, Empty>(
        "attempt/forget", .mutation, subject: .input("attempt"),
        summary: "Drop an ended attempt: its results and logs are safe at the hub")
}

package struct AttemptStart: Described, Hashable {
    package var attempt: String
    package var workload: String
    /// Rises with each placement of the workload.
    package var generation: Int
    package var spec: WorkloadSpec
    /// The id of the peer that submitted the workload: its container is theirs.
    package var owner: String?

    package init(attempt: String, workload: String, generation: Int, spec: WorkloadSpec, owner: String? = nil) {
        self.attempt = attempt
        self.workload = workload
        self.generation = generation
        self.spec = spec
        self.owner = owner
    }

    package static let schema = JSONSchema.object(
        [
            "attempt": .string(minLength: 1, maxLength: 26), "workload": .string(minLength: 1, maxLength: 26),
            "generation": .integer(minimum: 0), "spec": WorkloadSpec.schema, "owner": .string(),
        ], required: ["attempt", "workload", "generation", "spec"])
}

package struct AttemptRef: Described, Hashable {
    package var attempt: String

    package init(attempt: String) {
        self.attempt = attempt
    }

    package static let schema = JSONSchema.object(
        ["attempt": .string(minLength: 1, maxLength: 26)], required: ["attempt"])
}

/// How an attempt is, by the node; also the payload of the journal's `attempt.changed` and `attempt.finished`.
package struct AttemptStatus: Described, Hashable {
    package var attempt: String
    package var workload: String
    package var generation: Int
    /// `starting`, `running`, `succeeded`, `failed`, `cancelled`.
    package var state: String
    package var exitCode: Int?
    package var signal: String?
    package var reason: String?
    /// With `failed`: the node could not start anything, for a reason of its own; elsewhere it may run.
    package var notStarted: Bool?
    package var startedAt: String?
    package var endedAt: String?
    package var logBytes: Int64
    package var logTruncated: Bool
    /// With `attempt.finished`: signed by the node.
    package var receipt: Receipt?

    package init(attempt: String, workload: String, generation: Int, state: String) {
        self.attempt = attempt
        self.workload = workload
        self.generation = generation
        self.state = state
        logBytes = 0
        logTruncated = false
    }

    package var isTerminal: Bool { ["succeeded", "failed", "cancelled"].contains(state) }

    package static let schema = JSONSchema.object(
        [
            "attempt": .string(), "workload": .string(), "generation": .integer(minimum: 0), "state": .string(),
            "exitCode": .integer(), "signal": .string(), "reason": .string(), "notStarted": .boolean,
            "startedAt": .timestamp, "endedAt": .timestamp, "logBytes": .bytes, "logTruncated": .boolean,
            "receipt": Receipt.schema,
        ], required: ["attempt", "workload", "generation", "state", "logBytes", "logTruncated"])
}

package struct AttemptListInput: Described, Hashable {
    /// Only what has not ended.
    package var active: Bool?

    package init(active: Bool? = nil) {
        self.active = active
    }

    package static let schema = JSONSchema.object(["active": .boolean], required: [])
}

package struct AttemptStatusList: Described, Hashable {
    package var attempts: [AttemptStatus]
    /// That of the journal: with the same epoch, what the node confirmed once it must still know.
    package var epoch: String?

    package init(attempts: [AttemptStatus], epoch: String? = nil) {
        self.attempts = attempts
        self.epoch = epoch
    }

    package static let schema = JSONSchema.object(
        ["attempts": .array(of: AttemptStatus.schema), "epoch": .string()], required: ["attempts"])
}

package struct AttemptLogsInput: Described, Hashable {
    package var attempt: String
    package var offset: Int64?
    package var follow: Bool?

    package init(attempt: String, offset: Int64? = nil, follow: Bool? = nil) {
        self.attempt = attempt
        self.offset = offset
        self.follow = follow
    }

    package static let schema = JSONSchema.object(
        [
            "attempt": .string(minLength: 1, maxLength: 26),
            "offset": .integer(minimum: 0, maximum: LogPiece.largestOffset), "follow": .boolean,
        ], required: ["attempt"])
}

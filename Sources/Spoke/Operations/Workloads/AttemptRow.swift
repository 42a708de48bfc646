import CallProtocol
import Formats
import GRDB
import NIOCore
import Operations

/// One attempt as the spoke keeps it.
struct AttemptRow: Sendable {
    var id: String
    var workload: String
    var generation: Int
    /// What to run; gone once the attempt has ended.
    var spec: String?
    /// The peer that submitted the workload.
    var owner: String?
    var state: String
    /// Why it shall end, once somebody wished so.
    var cancelReason: String?
    var exitCode: Int?
    var signal: String?
    var reason: String?
    /// Whether the machine could not start it.
    var notStarted = false
    /// Unix milliseconds.
    var startedAt: Int64?
    var endedAt: Int64?
    var logBytes: Int64
    var logTruncated: Bool
    /// The receipt's JSON.
    var receipt: String?

    static let starting = "starting"
    static let running = "running"

    var isActive: Bool { state == Self.starting || state == Self.running }

    init(_ row: Row) {
        id = row["id"]
        workload = row["workload"]
        generation = row["generation"]
        spec = row["spec"]
        owner = row["owner"]
        state = row["state"]
        cancelReason = row["cancelReason"]
        exitCode = row["exitCode"]
        signal = row["signal"]
        reason = row["reason"]
        notStarted = row["notStarted"]
        startedAt = row["startedAt"]
        endedAt = row["endedAt"]
        logBytes = row["logBytes"]
        logTruncated = row["logTruncated"]
        receipt = row["receipt"]
    }

    /// A new attempt, about to be started.
    init(_ start: AttemptStart) throws {
        id = start.attempt
        workload = start.workload
        generation = start.generation
        spec = try JSONCoding.encode(start.spec).description
        owner = start.owner
        state = Self.starting
        logBytes = 0
        logTruncated = false
    }

    /// As the hub sees it.
    func status() throws -> AttemptStatus {
        var status = AttemptStatus(attempt: id, workload: workload, generation: generation, state: state)
        status.exitCode = exitCode
        status.signal = signal
        status.reason = reason
        status.notStarted = notStarted ? true : nil
        status.startedAt = startedAt.map(RFC3339.string)
        status.endedAt = endedAt.map(RFC3339.string)
        status.logBytes = logBytes
        status.logTruncated = logTruncated
        status.receipt = try receipt.map { try JSONCoding.decode(Receipt.self, from: ByteBuffer(string: $0)) }
        return status
    }

    /// What to run; nil once the attempt has ended.
    func workloadSpec() throws -> WorkloadSpec? {
        try spec.map { try JSONCoding.decode(WorkloadSpec.self, from: ByteBuffer(string: $0)) }
    }
}

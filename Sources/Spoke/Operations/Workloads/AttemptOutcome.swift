import Processes

/// How an attempt came to its end.
enum AttemptEnd: Sendable {
    case exited(ExitRecord)
    /// Its supervisor is gone without a word.
    case lost
    /// It was to be ended before it was started.
    case cancelledBefore
    /// It cannot be started, here or anywhere.
    case notStarted(String)
    /// The machine could not start it: its disk or its process table is full, or it cannot limit it as asked.
    case noSupervisor(String)
}

/// The end of an attempt as it is written down.
struct AttemptOutcome: Sendable {
    var id: String
    /// `succeeded`, `failed` or `cancelled`.
    var state: String
    var exitCode: Int?
    var signal: String?
    var reason: String?
    /// Whether the machine, and not the program, is to blame that it never ran.
    var notStarted = false
    var startedAt: Int64?
    var endedAt: Int64
    var logBytes: Int64 = 0
    var logTruncated = false
    /// The receipt's JSON; nil where signing failed.
    var receipt: String?

    init(_ row: AttemptRow, _ end: AttemptEnd, now: Int64) {
        id = row.id
        startedAt = row.startedAt
        endedAt = now
        switch end {
        case .exited(let record):
            // For want of processes or memory: another machine may have them, or this one later.
            notStarted = record.launch == .exhausted
            if !notStarted { exitCode = Int(record.exit.shellCode) }
            signal = record.exit.signalName
            if record.startedMs > 0 { startedAt = record.startedMs }
            if record.endedMs > 0 { endedAt = record.endedMs }
            logTruncated = record.truncated
            (state, reason) = Self.judge(record, wish: row.cancelReason)
        case .lost:
            (state, reason) = ("failed", "supervisor_lost")
        case .cancelledBefore:
            (state, reason) = ("cancelled", row.cancelReason ?? "cancelled")
        case .notStarted(let text):
            exitCode = 126
            (state, reason) = ("failed", text)
        case .noSupervisor(let text):
            notStarted = true
            (state, reason) = ("failed", text)
        }
    }

    /// Why the kernel ended a program that nobody wanted to end; nil where that is not so.
    private static func killed(_ record: ExitRecord) -> String? {
        guard record.exit.signalName == "KILL", let memory = record.outOfMemory else { return nil }
        return switch memory {
        case .limit: "memory_limit"
        case .machine: "out_of_memory"
        }
    }

    private static func judge(_ record: ExitRecord, wish: String?) -> (state: String, reason: String?) {
        switch record.reason {
        case .none: (record.exit.shellCode == 0 ? "succeeded" : "failed", killed(record))
        case .cancelled: ("cancelled", wish ?? "cancelled")
        case .timeLimit: ("failed", "time_limit")
        case .stopped: ("failed", "stopped")
        case .launch: ("failed", record.error ?? "the program could not be started")
        }
    }
}

import CallProtocol
import Crypto
import Formats
import Link
import NIOCore
import Operations
import Store

/// How much of its program's variables a view of a workload holds.
enum ShownEnvironment {
    /// In lists: a page is not for what one looks up of one workload.
    case nothing
    case names
    /// Names and values, which are as good as passwords often enough.
    case values
}

extension WorkloadView {
    /// - Parameter spec: as it was submitted; `environment` says what is shown of the program's variables.
    init(
        _ record: WorkloadRecord, spec: WorkloadSpec, attempts: [AttemptView], node: String?, ownerName: String?,
        environment: ShownEnvironment
    ) {
        var shown = spec
        if environment != .values { shown.env = nil }
        self.init(
            id: record.id, name: record.name, state: record.state.rawValue, owner: record.owner,
            priority: record.priority, cancelRequested: record.cancelRequested,
            submittedAt: RFC3339.string(record.submittedAt), spec: shown, attempts: attempts)
        if environment != .nothing { envNames = spec.env.flatMap { $0.isEmpty ? nil : $0.keys.sorted() } }
        reason = record.reason.isEmpty ? nil : record.reason
        exitCode = record.exitCode
        self.node = node
        self.ownerName = ownerName
        startedAt = record.startedAt.map { RFC3339.string($0) }
        endedAt = record.endedAt.map { RFC3339.string($0) }
    }
}

extension AttemptView {
    /// - Parameter cost: what it cost, where its node is rented and it has ended.
    init(_ record: AttemptRecord, node: String, cost: RentCost?) {
        self.init(
            id: record.id, number: record.number, state: record.state.rawValue, node: node,
            unknown: record.unknownSince != nil && !record.state.isTerminal, logBytes: record.logBytes,
            logTruncated: record.logTruncated, hasReceipt: record.receipt != nil)
        exitCode = record.exitCode
        signal = record.signal.map(SignalName.name)
        reason = record.reason.isEmpty ? nil : record.reason
        startedAt = record.startedAt.map { RFC3339.string($0) }
        endedAt = record.endedAt.map { RFC3339.string($0) }
        self.cost = cost
    }
}

extension WorkloadView {
    /// The same without what grows with each second, which is no change.
    var withoutGrowth: WorkloadView {
        var view = self
        view.waitedMs = nil
        view.rented = rented?.map { rent in
            var rent = rent
            rent.cost = 0
            rent.timeline = rent.timeline?.map { step in
                var step = step
                if step.isOpen == true { step.durationMs = 0 }
                return step
            }
            return rent
        }
        return view
    }
}

extension HubCore {
    /// How long a workload waited for its first program to run, or has waited until now, in milliseconds.
    func waited(_ workload: WorkloadRecord, _ attempts: [AttemptRecord]) -> Int64 {
        // A node's clock may be wrong: it began no sooner than it was placed.
        let began = attempts.compactMap { attempt in attempt.startedAt.map { max($0, attempt.createdAt) } }.min()
        return max(0, (began ?? workload.endedAt ?? clock.now()) - workload.submittedAt)
    }
}

extension CallContext {
    /// Digest of the input's meaning: order of keys and white space do not matter.
    var inputFingerprint: String {
        let bytes = (try? input.value().canonicalBytes()) ?? Array(input.buffer.readableBytesView)
        return Hex.encode(SHA256.hash(data: bytes))
    }
}

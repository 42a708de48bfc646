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
    init(_ record: AttemptRecord, node: String) {
        self.init(
            id: record.id, number: record.number, state: record.state.rawValue, node: node,
            unknown: record.unknownSince != nil && !record.state.isTerminal, logBytes: record.logBytes,
            logTruncated: record.logTruncated, hasReceipt: record.receipt != nil)
        exitCode = record.exitCode
        signal = record.signal.map(SignalName.name)
        reason = record.reason.isEmpty ? nil : record.reason
        startedAt = record.startedAt.map { RFC3339.string($0) }
        endedAt = record.endedAt.map { RFC3339.string($0) }
    }
}

extension CallContext {
    /// Digest of the input's meaning: order of keys and white space do not matter.
    var inputFingerprint: String {
        let bytes = (try? input.value().canonicalBytes()) ?? Array(input.buffer.readableBytesView)
        return Hex.encode(SHA256.hash(data: bytes))
    }
}

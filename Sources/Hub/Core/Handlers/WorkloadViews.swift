import CallProtocol
import Crypto
import Formats
import Link
import NIOCore
import Operations
import Store

extension WorkloadView {
    init(_ record: WorkloadRecord, spec: WorkloadSpec, attempts: [AttemptView], node: String?, ownerName: String?) {
        self.init(
            id: record.id, name: record.name, state: record.state.rawValue, owner: record.owner,
            priority: record.priority, cancelRequested: record.cancelRequested,
            submittedAt: RFC3339.string(record.submittedAt), spec: spec, attempts: attempts)
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

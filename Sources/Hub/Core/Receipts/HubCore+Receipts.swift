import CallProtocol
import Formats
import FoundationEssentials
import Link
import NIOCore
import Operations
import Store

/// A receipt is not what its node says it is.
struct ReceiptRefused: Error {
    var reason: String
}

/// The hub's half of a receipt.
extension HubCore {
    /// Adds what the hub knows and signs the node's statement and its own together.
    /// - Parameters:
    ///   - keys: the SPKIs that are or were the node's.
    ///   - rented: the instance that the node is; nil for a machine of one's own.
    /// - Throws: ``ReceiptRefused`` when the receipt is none, is about something else, or is not signed by the node.
    func countersign(
        _ receipt: Receipt, of attempt: AttemptRecord, keys: [[UInt8]], rented: InstanceRecord?, at now: Int64
    ) throws -> Receipt {
        guard let payload = Data(base64Encoded: receipt.payload).map(Array.init) else {
            throw ReceiptRefused(reason: "its payload is not base64")
        }
        guard let stated = try? JSONCoding.decode(NodeStatement.self, from: .init(bytes: payload)) else {
            throw ReceiptRefused(reason: "its payload is no statement")
        }
        guard stated.attempt == attempt.id, stated.workload == attempt.workloadId else {
            throw ReceiptRefused(reason: "it is about attempt \(stated.attempt)")
        }
        let isSigned = receipt.signatures.contains { signature in
            guard signature.by == .node, let sig = Data(base64Encoded: signature.sig),
                let spki = Data(base64Encoded: signature.spki).map(Array.init), keys.contains(spki)
            else { return false }
            return PeerKey.verify(Array(sig), over: payload, spki: spki)
        }
        guard isSigned else { throw ReceiptRefused(reason: "no key of the node has signed it") }
        let cost = rented.map { instance in
            RentCost(
                on: instance, from: RFC3339.milliseconds(stated.startedAt),
                to: RFC3339.milliseconds(stated.endedAt) ?? now, since: attempt.createdAt, at: now)
        }
        let statement = HubStatement(
            receivedAt: RFC3339.string(now), cost: cost?.amount ?? 0, currency: cost?.currency ?? "USD",
            perHour: cost?.perHour)
        let own = Array(try JSONCoding.encode(statement).buffer.readableBytesView)
        var signed = receipt
        signed.hubPayload = Data(own).base64EncodedString()
        signed.signatures.removeAll { $0.by == .hub }
        signed.signatures.append(
            Receipt.Signature(
                by: .hub, spki: Data(key.spki).base64EncodedString(),
                sig: Data(try key.sign(payload + own)).base64EncodedString()))
        return signed
    }

    /// A stored receipt with the keys to verify it.
    func receiptView(of attempt: AttemptRecord) async throws -> ReceiptView {
        guard let text = attempt.receipt else {
            throw CallError(
                .failedPrecondition,
                "attempt \(attempt.number) is \(attempt.state.rawValue) and has no receipt"
                    + (attempt.state.isTerminal ? "" : " yet"))
        }
        let receipt = try JSONCoding.decode(Receipt.self, from: .init(string: text))
        let (nodeKeys, hubKeys) = try await store.read { transaction in
            (try transaction.keys(of: attempt.nodeId), try transaction.hubKeys())
        }
        return ReceiptView(
            receipt: receipt, statement: try decoded(NodeStatement.self, receipt.payload),
            hubStatement: try receipt.hubPayload.map { try decoded(HubStatement.self, $0) },
            nodeKeys: nodeKeys.map { $0.spki.base64EncodedString() },
            hubKeys: hubKeys.map { $0.spki.base64EncodedString() })
    }

    private func decoded<T: Decodable>(_ type: T.Type, _ base64: String) throws -> T {
        guard let bytes = Data(base64Encoded: base64) else {
            throw CallError(.internalError, "the stored receipt is broken")
        }
        return try JSONCoding.decode(type, from: .init(bytes: bytes))
    }
}

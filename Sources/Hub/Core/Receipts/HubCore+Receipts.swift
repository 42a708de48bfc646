import CallProtocol
import FoundationEssentials
import Link
import NIOCore
import Operations
import Store

/// The hub's half of a receipt.
extension HubCore {
    /// Adds what the hub knows and signs the node's statement and its own together.
    /// - Throws: ``JournalRowRejected`` when the receipt is no receipt.
    func countersign(_ receipt: Receipt, at now: Int64) throws -> Receipt {
        guard let payload = Data(base64Encoded: receipt.payload).map(Array.init) else {
            throw JournalRowRejected(reason: "the receipt's payload is not base64")
        }
        let statement = HubStatement(receivedAt: Timestamp.text(milliseconds: now), cost: 0, currency: "USD")
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

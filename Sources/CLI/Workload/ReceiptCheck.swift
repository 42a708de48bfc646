import CallProtocol
import FoundationEssentials
import Link
import NIOCore
import Operations

/// Whether a receipt says what it seems to say: each signature checked against the keys that the registry holds.
struct ReceiptCheck: Sendable {
    /// One thing that was checked.
    struct Finding: Hashable, Sendable {
        var subject: String
        var isValid: Bool
        /// The key's fingerprint where it is valid, else what is wrong.
        var detail: String
    }

    let findings: [Finding]

    var isValid: Bool { findings.allSatisfy(\.isValid) }

    /// Checks the node's signature, the hub's, and that what is shown is what was signed.
    init(_ view: ReceiptView) {
        let payload = Data(base64Encoded: view.receipt.payload).map(Array.init)
        let hubPayload = view.receipt.hubPayload.flatMap { Data(base64Encoded: $0).map(Array.init) }
        findings = [
            Self.signature(of: .node, over: payload, in: view.receipt, keys: view.nodeKeys),
            Self.signature(
                of: .hub, over: payload.flatMap { node in hubPayload.map { node + $0 } }, in: view.receipt,
                keys: view.hubKeys),
            Self.content(payload, NodeStatement.self, view.statement, subject: "node's statement"),
            Self.content(hubPayload, HubStatement.self, view.hubStatement, subject: "hub's statement"),
        ]
    }

    private static func signature(
        of signer: Receipt.Signature.Signer, over bytes: [UInt8]?, in receipt: Receipt, keys: [String]
    ) -> Finding {
        let subject = "\(signer.rawValue)'s signature"
        func invalid(_ reason: String) -> Finding { Finding(subject: subject, isValid: false, detail: reason) }
        guard let bytes else { return invalid("what it is over is missing or no base64") }
        let signatures = receipt.signatures.filter { $0.by == signer }
        guard let signature = signatures.first, signatures.count == 1 else {
            return invalid(signatures.isEmpty ? "missing" : "there are \(signatures.count), one is allowed")
        }
        guard
            let spki = Data(base64Encoded: signature.spki).map(Array.init),
            let sig = Data(base64Encoded: signature.sig).map(Array.init)
        else { return invalid("no base64") }
        let registered = keys.contains { Data(base64Encoded: $0).map(Array.init) == spki }
        guard registered else { return invalid("made with a key that the registry does not know") }
        guard PeerKey.verify(sig, over: bytes, spki: spki) else { return invalid("does not fit what it is over") }
        return Finding(subject: subject, isValid: true, detail: Fingerprint(spki: spki).text)
    }

    private static func content<Statement: Decodable & Equatable>(
        _ bytes: [UInt8]?, _ type: Statement.Type, _ shown: Statement?, subject: String
    ) -> Finding {
        let signed = bytes.flatMap { try? JSONCoding.decode(type, from: ByteBuffer(bytes: $0)) }
        guard let signed, let shown else {
            return Finding(subject: subject, isValid: false, detail: "missing, or no statement")
        }
        return signed == shown
            ? Finding(subject: subject, isValid: true, detail: "as it was signed")
            : Finding(subject: subject, isValid: false, detail: "differs from what was signed")
    }
}

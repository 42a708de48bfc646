import CallProtocol
import FoundationEssentials
import Link
import NIOCore
import Operations
import Testing

@testable import capstan

@Suite("Receipts are verified")
struct ReceiptCheckTests {
    let node = PeerKey()
    let hub = PeerKey()

    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    static func bytes(_ value: some Encodable) throws -> [UInt8] {
        Array(try JSONCoding.encode(value).buffer.readableBytesView)
    }

    func view() throws -> ReceiptView {
        let statement = NodeStatement(
            workload: "w", attempt: "a", generation: 1, node: node.fingerprint.text, commandHash: "c", exitCode: 3,
            signal: nil, reason: nil, startedAt: "2026-01-01T00:00:00Z", endedAt: "2026-01-01T00:00:01Z",
            outputHash: "o", outputBytes: 5, logTruncated: false, userTimeUs: 1, systemTimeUs: 1, maxMemory: 1)
        let hubStatement = HubStatement(receivedAt: "2026-01-01T00:00:02Z", cost: 0, currency: "USD")
        let (payload, hubPayload) = (try Self.bytes(statement), try Self.bytes(hubStatement))
        let receipt = Receipt(
            payload: Self.base64(payload), hubPayload: Self.base64(hubPayload),
            signatures: [
                .init(by: .node, spki: Self.base64(node.spki), sig: Self.base64(try node.sign(payload))),
                .init(by: .hub, spki: Self.base64(hub.spki), sig: Self.base64(try hub.sign(payload + hubPayload))),
            ])
        return ReceiptView(
            receipt: receipt, statement: statement, hubStatement: hubStatement, nodeKeys: [Self.base64(node.spki)],
            hubKeys: [Self.base64(PeerKey().spki), Self.base64(hub.spki)])
    }

    @Test("A sound receipt is valid")
    func sound() throws {
        let check = ReceiptCheck(try view())
        #expect(check.isValid)
        #expect(check.findings.count == 4)
        #expect(check.findings.first?.detail == node.fingerprint.text)
    }

    @Test("A key that the registry does not know is not believed")
    func unknownKey() throws {
        var view = try view()
        view.nodeKeys = [Self.base64(PeerKey().spki)]
        #expect(ReceiptCheck(view).findings.map(\.isValid) == [false, true, true, true])
    }

    @Test("Another exit code is found out, in the payload and in what is shown")
    func tampered() throws {
        var shown = try view()
        shown.statement.exitCode = 0
        #expect(ReceiptCheck(shown).findings.map(\.isValid) == [true, true, false, true])
        var signed = try view()
        signed.statement.exitCode = 0
        signed.receipt.payload = Self.base64(try Self.bytes(signed.statement))
        #expect(ReceiptCheck(signed).findings.map(\.isValid) == [false, false, true, true])
    }

    @Test("The hub's statement cannot be exchanged")
    func hubTampered() throws {
        var view = try view()
        let other = HubStatement(receivedAt: "2026-01-01T00:00:02Z", cost: 5, currency: "USD")
        view.hubStatement = other
        view.receipt.hubPayload = Self.base64(try Self.bytes(other))
        #expect(ReceiptCheck(view).findings.map(\.isValid) == [true, false, true, true])
    }

    @Test("A signature that is missing, doubled or no base64 is not valid")
    func malformed() throws {
        var missing = try view()
        missing.receipt.signatures.removeLast()
        missing.receipt.hubPayload = nil
        #expect(ReceiptCheck(missing).findings.map(\.isValid) == [true, false, true, false])
        var doubled = try view()
        doubled.receipt.signatures.append(doubled.receipt.signatures[0])
        #expect(!ReceiptCheck(doubled).isValid)
        var garbled = try view()
        garbled.receipt.signatures[0].sig = "*"
        garbled.receipt.payload = "*"
        #expect(ReceiptCheck(garbled).findings.map(\.isValid) == [false, false, false, true])
    }
}

import CallProtocol
import FoundationEssentials
import NIOCore
import Operations

@testable import Link
@testable import capstan

/// Chains of key statements, keys and signatures as bytes, receipts, addresses.
enum KeyTarget {
    static let target = FuzzTarget(
        name: "keys", allowance: .seconds(2),
        words: Seeds.jsonWords + [
            "sha256:", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", ":7443", "[::1]", "[", "]", ":",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        chain(bytes)
        let third = bytes.count / 3
        _ = PeerKey.verify(Array(bytes[..<third]), over: [1], spki: Array(bytes[third...]))
        if PeerKey.isKey(spki: bytes) { must(!Fingerprint(spki: bytes).text.isEmpty, "a key has a name") }
        let text = String(decoding: bytes, as: UTF8.self)
        if let key = try? PeerKey(pem: text) { must((try? PeerKey(pem: key.pem)) != nil, "a key comes back") }
        if let fingerprint = Fingerprint(text: text) {
            must(fingerprint.text.utf8.count == 71, "a name is of one length")
        }
        if let place = HostPort(text) {
            must(0...65_535 ~= place.port && !place.host.isEmpty, "\(place) is a place")
            must(HostPort(place.description) == place, "\(place) comes back")
        }
        for digits in [text, "https://" + text] { _ = HostPort(digits, defaultPort: 443) }
        if let view = try? JSONCoding.decode(ReceiptView.self, from: ByteBuffer(bytes: bytes)) {
            must(!ReceiptCheck(view).isValid, "nobody signed \(text)")
        }
    }

    /// Statements of three bytes: the old key, the next one, whether it is signed. A key is a number here.
    private static func chain(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return }
        let pinned = Set(bytes.prefix(1).map { Fingerprint(spki: [$0 & 15]) })
        let peer = PeerIdentity(fingerprint: Fingerprint(spki: [bytes[1] & 15]), spki: [bytes[1] & 15], address: "")
        var hops: [(old: UInt8, new: UInt8, isSigned: Bool)] = []
        var place = 2
        while place + 3 <= bytes.count, hops.count < Hello.maximumKeyStatements {
            hops.append((bytes[place] & 15, bytes[place + 1] & 15, bytes[place + 2] & 1 == 1))
            place += 3
        }
        let statements = hops.map { hop in
            Hello.KeyStatement(
                oldSpki: Data([hop.old]).base64EncodedString(), newSpki: Data([hop.new]).base64EncodedString(),
                signature: Data([hop.isSigned ? 1 : 0]).base64EncodedString())
        }
        var looks = 0
        let accepted = HubPins(pinned).accept(peer, statements: statements) { signature, _, _ in
            looks += 1
            return signature == [1]
        }
        must(looks <= statements.count, "each signature is looked at once at most")
        var reached = Set(bytes.prefix(1).map { $0 & 15 })
        for _ in hops { for hop in hops where hop.isSigned && reached.contains(hop.old) { reached.insert(hop.new) } }
        must(accepted == reached.contains(bytes[1] & 15), "a key is trusted by what leads to it, and by nothing else")
        // Real signatures are looked at here, and none of these is one.
        let following = HubPins(pinned).following(peer, statements: statements)
        must((following != nil) == pinned.contains(peer.fingerprint), "without a signature nothing follows")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let key = PeerKey()
        let signature = (try? key.sign([1])) ?? []
        let view = RawJSON(ReceiptView.schema.sample(full: true))
        return [
            key.spki, signature + key.spki, Array(key.pem.utf8), Array(key.fingerprint.text.utf8),
            Array(view.buffer.readableBytesView), [1, 3, 1, 2, 1, 2, 3, 1], [0, 5, 0, 5, 0, 5, 0, 1],
            [1, 4] + (1...4).reversed().flatMap { [$0, $0 + 1, 1] as [UInt8] },
        ] + Seeds.texts(["hub.example:7443", "[::1]:0", "[fe80::1%eth0]:65535", "host", ":1", "a:b:1", "[]:1"])
    }
}

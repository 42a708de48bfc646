import CallProtocol
import Crypto
import Testing

@testable import Link

@Suite("A peer is its key")
struct IdentityTests {
    private func peer(_ key: PeerKey) -> PeerIdentity {
        PeerIdentity(fingerprint: key.fingerprint, spki: key.spki, address: "here")
    }

    @Test("a key survives its PEM, and its fingerprint its text")
    func texts() throws {
        let key = PeerKey()
        #expect(try PeerKey(pem: key.pem).spki == key.spki)
        #expect(Fingerprint(text: key.fingerprint.text) == key.fingerprint)
        #expect(key.fingerprint.text.hasPrefix("sha256:"))
        #expect(throws: (any Error).self) { try PeerKey(pem: "no key") }
    }

    @Test(
        "other texts are no fingerprints",
        arguments: [
            "", "sha256:", "sha1:00", "sha256:" + String(repeating: "g", count: 64),
            "sha256:" + String(repeating: "A", count: 64),
            "sha256:" + String(repeating: "a", count: 63),
        ])
    func badFingerprints(text: String) { #expect(Fingerprint(text: text) == nil) }

    @Test("a signature holds for its bytes and its key only")
    func signatures() throws {
        let (key, other) = (PeerKey(), PeerKey())
        let signature = try key.sign([1, 2, 3])
        #expect(PeerKey.verify(signature, over: [1, 2, 3], spki: key.spki))
        #expect(!PeerKey.verify(signature, over: [1, 2, 4], spki: key.spki))
        #expect(!PeerKey.verify(signature, over: [1, 2, 3], spki: other.spki))
        #expect(!PeerKey.verify([], over: [1, 2, 3], spki: key.spki))
        #expect(!PeerKey.verify(signature, over: [1, 2, 3], spki: [1]))
    }

    @Test("a hub is trusted by its pin, or by a chain from the pin, in any order of the statements")
    func chains() throws {
        let keys = (0..<5).map { _ in PeerKey() }
        let statements = try zip(keys, keys.dropFirst()).map { try $0.statement(for: $1) }
        let pins = HubPins([keys[0].fingerprint])
        #expect(pins.accept(peer(keys[0]), statements: []))
        #expect(!pins.accept(peer(keys[1]), statements: []))
        for key in keys { #expect(pins.accept(peer(key), statements: statements)) }
        #expect(pins.accept(peer(keys[4]), statements: statements.reversed()))
        #expect(HubPins([keys[2].fingerprint]).accept(peer(keys[4]), statements: statements))
        #expect(
            !HubPins([keys[2].fingerprint]).accept(peer(keys[1]), statements: statements), "a chain leads forward only")
        #expect(
            !pins.accept(peer(keys[4]), statements: Array(statements.dropFirst())), "a link of the chain is missing")
        #expect(!HubPins([]).accept(peer(keys[4]), statements: statements))
    }

    @Test("a key that was followed takes the place of those before it, and of no other")
    func following() throws {
        let keys = (0..<4).map { _ in PeerKey() }
        let (mirror, thief) = (PeerKey(), PeerKey())
        let statements = try zip(keys, keys.dropFirst()).map { try $0.statement(for: $1) }
        let old = HubPins([keys[0].fingerprint, mirror.fingerprint])
        #expect(
            old.following(peer(keys[3]), statements: statements)
                == HubPins([keys[3].fingerprint, mirror.fingerprint]))
        #expect(old.following(peer(keys[0]), statements: statements) == old)
        #expect(old.following(peer(mirror), statements: statements) == old)
        #expect(old.following(peer(thief), statements: statements) == nil)
        #expect(old.following(peer(keys[3]), statements: [statements[2]]) == nil)
        // A token's old pin beside the hub's new one goes as well.
        let both = HubPins([keys[1].fingerprint, keys[3].fingerprint])
        #expect(both.following(peer(keys[3]), statements: statements) == HubPins([keys[3].fingerprint]))
        #expect(both.following(peer(keys[3]), statements: []) == both)
        // Two keys that vouch for each other end nothing.
        let ring = statements + [try keys[3].statement(for: keys[0])]
        #expect(
            HubPins([keys[0].fingerprint]).following(peer(keys[2]), statements: ring) == HubPins([keys[2].fingerprint]))
    }

    @Test("only the one form that certificates carry is a key")
    func forms() {
        let key = PeerKey()
        #expect(PeerKey.isKey(spki: key.spki))
        #expect(!PeerKey.isKey(spki: key.spki + [0]))
        #expect(!PeerKey.isKey(spki: []))
        #expect(!PeerKey.isKey(spki: Array(key.privateKey.publicKey.compressedRepresentation)))
    }

    @Test("a forged chain leads nowhere")
    func forged() throws {
        let (hub, thief) = (PeerKey(), PeerKey())
        let pins = HubPins([hub.fingerprint])
        var forged = try thief.statement(for: thief)
        forged.oldSpki = try hub.statement(for: thief).oldSpki
        #expect(!pins.accept(peer(thief), statements: [forged]))
        var garbled = try hub.statement(for: thief)
        garbled.signature = "AAAA"
        #expect(!pins.accept(peer(thief), statements: [garbled, .init(oldSpki: "!", newSpki: "!", signature: "!")]))
        // A bad statement beside the good one does no harm.
        #expect(pins.accept(peer(thief), statements: [garbled, try hub.statement(for: thief)]))
    }

    @Test("many statements that lead nowhere cost one look each")
    func flood() throws {
        let (hub, thief) = (PeerKey(), PeerKey())
        let bad = try (0..<64).map { _ in
            var statement = try thief.statement(for: PeerKey())
            statement.oldSpki = try hub.statement(for: thief).oldSpki
            return statement
        }
        var looks = 0
        let isAccepted = HubPins([hub.fingerprint]).accept(peer(thief), statements: bad) { signature, bytes, spki in
            looks += 1
            return PeerKey.verify(signature, over: bytes, spki: spki)
        }
        #expect(!isAccepted)
        #expect(looks == bad.count)
    }
}

import Foundation
import Store
import Testing

@Suite("A peer's keys change in the store")
struct KeyRotationTests {
    private func next(_ fingerprint: String, of peer: String = "N1", until: Int64 = 100) -> PeerKeyRecord {
        var key = Samples.key(fingerprint, of: peer, at: 10)
        key.expiresAt = until
        return key
    }

    private func announce(
        _ store: HubStore, _ key: PeerKeyRecord, by: String = "sha256:n1", at: Int64 = 10
    ) async throws -> KeyAnnouncement {
        try await store.write { try $0.announceKey(key, by: by, at: at) }
    }

    private func keys(_ store: HubStore, _ peer: String = "N1") async throws -> [String] {
        try await store.read { try $0.keys(of: peer).filter { $0.retiredAt == nil }.map(\.fingerprint) }
    }

    @Test("both keys hold until the new one is used; then the old one is kept for receipts only")
    func life() async throws {
        let store = try await Samples.store()
        let key = next("sha256:n1b")
        #expect(try await announce(store, key) == .announced(key))
        #expect(try await keys(store) == ["sha256:n1b", "sha256:n1"])
        #expect(try await store.read { try $0.peer(fingerprint: "sha256:n1b")?.id } == "N1")
        let taken = try await store.write { try $0.useKey("sha256:n1b", of: "N1", at: 50) }
        #expect(taken == .taken(retired: ["sha256:n1"]))
        #expect(try await store.write { try $0.useKey("sha256:n1b", of: "N1", at: 51) } == .held)
        #expect(try await keys(store) == ["sha256:n1b"])
        #expect(try await store.read { try $0.peer(fingerprint: "sha256:n1") } == nil)
        #expect(try await store.read { try $0.keys(of: "N1").map(\.spki) }.contains(Data("sha256:n1".utf8)))
        let events = try await store.read { try $0.events(after: 0).events }
        #expect(events.map(\.kind) == ["peer.key-announced", "peer.key-rotated"])
        #expect(events.allSatisfy { $0.severity == .security && $0.actor == "N1" && $0.node == "N1" })
    }

    @Test("the same key may be announced again and keeps its time; another takes its place")
    func again() async throws {
        let store = try await Samples.store()
        let first = next("sha256:a")
        _ = try await announce(store, first)
        #expect(try await announce(store, next("sha256:a", until: 900), at: 20) == .repeated(first))
        let second = next("sha256:b")
        #expect(try await announce(store, second, at: 30) == .announced(second))
        #expect(try await keys(store) == ["sha256:b", "sha256:n1"])
        #expect(try await store.write { try $0.useKey("sha256:a", of: "N1", at: 40) } == .gone)
        // One whose time is over begins anew.
        let late = next("sha256:b", until: 300)
        #expect(try await announce(store, late, at: 200) == .announced(late))
    }

    @Test("a key of anybody, past or present, is refused, and so is one that speaks without being current")
    func refused() async throws {
        let store = try await Samples.store()
        #expect(try await announce(store, next("sha256:n2")) == .refused(.taken))
        _ = try await announce(store, next("sha256:b"))
        #expect(try await announce(store, next("sha256:c"), by: "sha256:b") == .refused(.notCurrent))
        #expect(try await announce(store, next("sha256:c"), by: "sha256:n2") == .refused(.notCurrent))
        #expect(try await announce(store, next("sha256:b", of: "N2"), by: "sha256:n2") == .refused(.taken))
        _ = try await store.write { try $0.useKey("sha256:b", of: "N1", at: 20) }
        #expect(try await announce(store, next("sha256:c"), by: "sha256:n1") == .refused(.notCurrent))
        #expect(try await announce(store, next("sha256:n1"), by: "sha256:b") == .refused(.retired))
        #expect(try await announce(store, next("sha256:n1", of: "N2"), by: "sha256:n2") == .refused(.taken))
        #expect(try await keys(store) == ["sha256:b"])
    }

    @Test("a key that nobody used in time is forgotten, with a word, and free again")
    func forgotten() async throws {
        let store = try await Samples.store()
        _ = try await announce(store, next("sha256:a"))
        _ = try await announce(store, next("sha256:b", of: "N2", until: 101), by: "sha256:n2")
        #expect(try await store.write { try $0.forgetAnnouncedKeys(at: 99) }.isEmpty)
        let gone = try await store.write { try $0.forgetAnnouncedKeys(at: 100) }
        #expect(gone.map(\.fingerprint) == ["sha256:a"])
        #expect(try await keys(store) == ["sha256:n1"])
        #expect(try await store.write { try $0.useKey("sha256:a", of: "N1", at: 101) } == .gone)
        #expect(try await store.read { try $0.events(after: 0).events.last?.kind } == "peer.key-forgotten")
        #expect(try await keys(store, "N2") == ["sha256:b", "sha256:n2"])
    }

    @Test("removing a peer ends both of its keys, for good")
    func removed() async throws {
        let store = try await Samples.store()
        _ = try await announce(store, next("sha256:a"))
        try await store.write { try $0.removePeer("N1", at: 20) }
        #expect(try await keys(store).isEmpty)
        #expect(try await store.write { try $0.useKey("sha256:a", of: "N1", at: 30) } == .gone)
        #expect(try await store.write { try $0.forgetAnnouncedKeys(at: 999) }.isEmpty)
        #expect(try await announce(store, next("sha256:a", of: "N2"), by: "sha256:n2") == .refused(.taken))
    }

    @Test("a key that was replaced does not come back by the token that it joined with")
    func token() async throws {
        let store = try await Samples.store()
        try await store.write { try $0.insertToken(Samples.token()) }
        _ = try await store.write { try $0.enrol(Samples.enrolment(1)) }
        _ = try await announce(store, next("sha256:1b", of: "PEER1"), by: "sha256:1")
        _ = try await store.write { try $0.useKey("sha256:1b", of: "PEER1", at: 20) }
        #expect(try await store.write { try $0.enrol(Samples.enrolment(1)) } == .refused(.tokenUsed))
    }

    @Test("the chain of the hub's keys ends at the one that is asked for, and has a limit")
    func chain() async throws {
        let store = try HubStore.inMemory()
        try await store.write { tx in
            for number in 0..<5 {
                try tx.addHubKey(
                    HubKeyRecord(
                        fingerprint: "k\(number)", spki: Data([UInt8(number)]),
                        signedBy: number == 0 ? nil : "k\(number - 1)",
                        signature: number == 0 ? nil : Data([1]), addedAt: Int64(number)))
            }
        }
        try await store.read { tx throws in
            #expect(try tx.currentHubKey()?.fingerprint == "k4")
            #expect(try tx.hubKeyChain(to: "k4", limit: 64).map(\.fingerprint) == ["k0", "k1", "k2", "k3", "k4"])
            #expect(try tx.hubKeyChain(to: "k4", limit: 2).map(\.fingerprint) == ["k2", "k3", "k4"])
            #expect(try tx.hubKeyChain(to: "k2", limit: 64).map(\.fingerprint) == ["k0", "k1", "k2"])
            #expect(try tx.hubKeyChain(to: "none", limit: 64).isEmpty)
        }
        try await store.write { try $0.dropHubKeyStatements() }
        #expect(try await store.read { try $0.hubKeyChain(to: "k4", limit: 64).map(\.fingerprint) } == ["k4"])
    }
}

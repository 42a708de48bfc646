import Store
import Testing

@Suite("Peers in the store")
struct PeerTests {
    @Test("all peers come with their valid keys")
    func all() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            try tx.addKey(Samples.key("sha256:n1b", of: "N1", at: 2_000))
            try tx.retireKey("sha256:n1", at: 3_000)
        }
        let peers = try await store.read { try $0.allPeers() }
        #expect(peers.map(\.peer.id) == ["N1", "N2"])
        #expect(peers.map { $0.keys.map(\.fingerprint) } == [["sha256:n1b"], ["sha256:n2"]])
    }

    @Test("a retired key authenticates nobody and still verifies receipts")
    func retired() async throws {
        let store = try await Samples.store()
        try await store.write { try $0.retireKey("sha256:n1", at: 3_000) }
        #expect(try await store.read { try $0.peer(fingerprint: "sha256:n1") } == nil)
        #expect(try await store.read { try $0.keys(of: "N1").map(\.retiredAt) } == [3_000])
    }

    @Test("a name or key that is taken is a conflict, and nothing of the peer is written")
    func taken() async throws {
        let store = try await Samples.store()
        for (peer, key) in [
            (Samples.spoke("N3", name: "name-N1"), Samples.key("sha256:n3", of: "N3")),
            (Samples.spoke("N3"), Samples.key("sha256:n1", of: "N3")),
        ] {
            await #expect(throws: StoreError.self) { try await store.write { try $0.insertPeer(peer, key: key) } }
            #expect(try await store.read { try $0.peer("N3") } == nil)
        }
        try await store.write { tx in
            try tx.insertPeer(PeerRecord(id: "O1", kind: .operator_, name: "name-N1", createdAt: 1))
        }
    }

    @Test("a removed peer frees its name, keeps its row, and its key never comes back")
    func removed() async throws {
        let store = try await Samples.store()
        try await store.write { try $0.removePeer("N1", at: 9) }
        try await store.read { tx throws in
            #expect(try tx.peer("N1")?.state == .removed)
            #expect(try tx.peer(fingerprint: "sha256:n1") == nil)
            #expect(try tx.allPeers().map(\.peer.id) == ["N2"])
        }
        try await store.write { try $0.insertPeer(Samples.spoke("N3", name: "name-N1")) }
        await #expect(throws: StoreError.self) {
            try await store.write { try $0.addKey(Samples.key("sha256:n1", of: "N3")) }
        }
        await #expect(throws: StoreError.notFound("peer N1")) {
            try await store.write { try $0.removePeer("N1", at: 9) }
        }
    }

    @Test("each property changes alone, and last-seen only forward")
    func updates() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            try tx.setLabels("N1", to: #"{"gpu":"yes"}"#)
            try tx.setState("N1", to: .pending)
            try tx.setDrain("N1", to: .draining)
            try tx.setRole("N1", to: "viewer")
            try tx.setEnabled("N1", to: false)
            try tx.setFacts("N1", to: #"{"cpus":4}"#)
            try tx.touchPeers([("N1", 50), ("N1", 40), ("NOBODY", 1)])
        }
        var expected = Samples.spoke("N1")
        expected.labels = #"{"gpu":"yes"}"#
        expected.state = .pending
        expected.drain = .draining
        expected.role = "viewer"
        expected.enabled = false
        expected.facts = #"{"cpus":4}"#
        expected.lastSeenAt = 50
        #expect(try await store.read { try $0.peer(named: "name-N1", kind: .spoke) } == expected)
        await #expect(throws: StoreError.notFound("peer X")) {
            try await store.write { try $0.setRole("X", to: "viewer") }
        }
    }

    @Test("the hub's keys form a chain of which one is current")
    func hubKeys() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            try tx.addHubKey(HubKeyRecord(fingerprint: "k1", spki: Samples.hash(1), addedAt: 1))
            try tx.addHubKey(
                HubKeyRecord(
                    fingerprint: "k2", spki: Samples.hash(2), signedBy: "k1", signature: Samples.hash(3), addedAt: 2))
        }
        #expect(try await store.read { try $0.hubKeys().map(\.current) } == [false, true])
        try await store.write { try $0.dropHubKeyStatements() }
        #expect(try await store.read { try $0.hubKeys().map(\.signedBy) } == [nil, nil])
    }

    @Test("custom roles are kept, replaced and removed")
    func roles() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            try tx.saveRole(RoleRecord(name: "ops", grants: "[]"))
            try tx.saveRole(RoleRecord(name: "ops", grants: #"[{"scopes":["*"]}]"#))
        }
        #expect(try await store.read { try $0.roles().map(\.grants) } == [#"[{"scopes":["*"]}]"#])
        #expect(try await store.read { try $0.role("ops")?.name } == "ops")
        #expect(try await store.write { try $0.removeRole("ops") })
        #expect(try await store.read { try $0.role("ops") } == nil)
        #expect(try await store.write { try !$0.removeRole("ops") })
    }

    @Test("a role is held by operators that are not removed, and by tokens that can be used yet")
    func roleHolders() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            for (id, name) in [("O1", "cleo"), ("O2", "anna"), ("O3", "gone")] {
                try tx.insertPeer(PeerRecord(id: id, kind: .operator_, name: name, role: "ops", createdAt: 1))
            }
            try tx.insertPeer(PeerRecord(id: "O4", kind: .operator_, name: "other", role: "viewer", createdAt: 1))
            try tx.setEnabled("O1", to: false)
            try tx.removePeer("O3", at: 2)
            for (id, uses, expiresAt) in [("T1", 0, 100), ("T2", 1, 100), ("T3", 0, 50), ("T4", 0, 100)]
                as [(String, Int, Int64)]
            {
                var token = Samples.token(id, expiresAt: expiresAt)
                (token.kind, token.role, token.uses) = (.operator_, "ops", uses)
                try tx.insertToken(token)
            }
            try tx.revokeToken("T4", at: 3)
        }
        let holders = try await store.read { try $0.holders(ofRole: "ops", at: 50) }
        #expect(holders == RoleHolders(operators: ["anna", "cleo"], tokens: ["T1"]))
        #expect(try await store.read { try $0.holders(ofRole: "none", at: 50).isEmpty })
    }
}

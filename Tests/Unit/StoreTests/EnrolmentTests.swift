import Foundation
import Store
import Testing

@Suite("Enrolment")
struct EnrolmentTests {
    @Test("makes a peer with the token's labels over its own, its key, and an event")
    func enrols() async throws {
        let store = try await Samples.store()
        var token = Samples.token()
        token.labels = #"{"zone":"token"}"#
        token.approve = true
        try await insert(token, in: store)
        let outcome = try await store.write { try $0.enrol(Samples.enrolment(1)) }
        guard case .enrolled(let peer) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let labels = try JSONDecoder().decode([String: String].self, from: Data(peer.labels.utf8))
        #expect(labels == ["zone": "token", "mine": "1"])
        #expect(peer.state == .pending && peer.tokenId == "TOKEN" && peer.name == "node-1")
        try await store.read { tx throws in
            #expect(try tx.peer(fingerprint: "sha256:1") == peer)
            #expect(try tx.events(after: 0).events.map(\.kind) == ["peer.enrolled"])
            #expect(try tx.token("TOKEN")?.uses == 1)
        }
    }

    @Test("of a hundred machines with a token for one, exactly one wins")
    func race() async throws {
        let store = try await Samples.store()
        try await insert(Samples.token(), in: store)
        let outcomes = try await withThrowingTaskGroup(of: EnrolmentOutcome.self) { group in
            for number in 0..<100 {
                group.addTask { try await store.write { try $0.enrol(Samples.enrolment(number)) } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .refused(.tokenUsed) } == 99)
        #expect(try await store.read { try $0.allPeers().count } == 3)
        #expect(try await store.read { try $0.token("TOKEN")?.uses } == 1)
    }

    @Test("a retry with the same key gets the same peer, within the token's life")
    func retry() async throws {
        let store = try await Samples.store()
        try await insert(Samples.token(), in: store)
        let first = try await store.write { try $0.enrol(Samples.enrolment(1)) }
        var again = Samples.enrolment(1)
        again.peerId = "ANOTHER"
        let second = try await store.write { [again] in try $0.enrol(again) }
        guard case .enrolled(let made) = first, case .repeated(let found) = second else {
            Issue.record("\(first) \(second)")
            return
        }
        #expect(made == found)
        #expect(try await store.write { try $0.enrol(Samples.enrolment(2)) } == .refused(.tokenUsed))
        again.at = 10_000
        let late = try await store.write { [again] in try $0.enrol(again) }
        #expect(late == .refused(.tokenExpired))
    }

    @Test("a peer that was removed does not come back by repeating")
    func removed() async throws {
        let store = try await Samples.store()
        try await insert(Samples.token(), in: store)
        try await store.write { tx in
            _ = try tx.enrol(Samples.enrolment(1))
            try tx.removePeer("PEER1", at: 6_000)
        }
        #expect(try await store.write { try $0.enrol(Samples.enrolment(1)) } == .refused(.tokenUsed))
    }

    @Test("each fault has its refusal, and spends no use")
    func refusals() async throws {
        let store = try await Samples.store()
        var token = Samples.token(uses: 5)
        token.instanceId = "i-1"
        let api = TokenRecord(
            id: "API", kind: .api, secretHash: Samples.hash(7), expiresAt: 10_000, createdAt: 0, createdBy: "O")
        try await insert(token, in: store)
        try await insert(api, in: store)
        func bound(_ change: (inout Enrolment) -> Void) -> Enrolment {
            var enrolment = Samples.enrolment(1)
            enrolment.instanceId = "i-1"
            change(&enrolment)
            return enrolment
        }
        let cases: [(Enrolment, EnrolmentRefusal)] = [
            (bound { $0.tokenId = "NONE" }, .tokenInvalid), (bound { $0.secretHash = Samples.hash(8) }, .tokenInvalid),
            (bound { $0.secretHash = Data() }, .tokenInvalid), (bound { $0.tokenId = "API" }, .tokenInvalid),
            (bound { $0.at = 10_000 }, .tokenExpired), (bound { $0.instanceId = "i-2" }, .instanceMismatch),
            (bound { $0.instanceId = nil }, .instanceMismatch), (bound { $0.fingerprint = "sha256:n1" }, .keyTaken),
            (bound { $0.name = "name-N1" }, .nameTaken("name-N1")),
            (bound { $0.kind = .operator_ }, .otherKind(.spoke)),
        ]
        for (enrolment, refusal) in cases {
            #expect(try await store.write { try $0.enrol(enrolment) } == .refused(refusal))
        }
        #expect(try await store.read { try $0.token("TOKEN")?.uses } == 0)
        try await store.write { try $0.revokeToken("TOKEN", at: 1) }
        let revoked = bound { _ in }
        #expect(try await store.write { try $0.enrol(revoked) } == .refused(.tokenInvalid))
    }

    @Test("tokens are listed newest first, and revoking keeps its first time")
    func list() async throws {
        let store = try await Samples.store()
        for id in ["T1", "T2"] {
            var token = Samples.token(id)
            token.createdAt = id == "T1" ? 1 : 2
            try await insert(token, in: store)
        }
        try await store.write { try $0.revokeToken("T1", at: 5) }
        try await store.write { try $0.revokeToken("T1", at: 6) }
        let tokens = try await store.read { try $0.tokens() }
        #expect(tokens.map(\.id) == ["T2", "T1"])
        #expect(tokens.map(\.revokedAt) == [nil, 5])
        await #expect(throws: StoreError.notFound("token T9")) {
            try await store.write { try $0.revokeToken("T9", at: 5) }
        }
    }

    private func insert(_ token: TokenRecord, in store: HubStore) async throws {
        try await store.write { try $0.insertToken(token) }
    }
}

import Store
import TestKit
import Testing

@Suite("Idempotency")
struct IdempotencyTests {
    @Test("a claim is fresh, then pending, then answered; another input is a mistake")
    func life() async throws {
        let store = try await Samples.store()
        #expect(try await store.write { try $0.begin(claim()) } == .fresh)
        #expect(try await store.write { try $0.begin(claim()) } == .pending)
        #expect(try await store.write { try $0.begin(claim(input: "other")) } == .reused)
        try await store.write { try $0.finish(claim(), answer: [1, 2]) }
        #expect(try await store.write { try $0.begin(claim()) } == .done([1, 2]))
        #expect(try await store.read { try $0.state(of: claim(key: "k2")) } == .fresh)
        await #expect(throws: StoreError.self) { try await store.write { try $0.finish(claim(), answer: [3]) } }
    }

    @Test("an ending that is not remembered frees the key, an answer it does not")
    func forget() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            _ = try tx.begin(claim())
            try tx.forget(claim())
            #expect(try tx.begin(claim()) == .fresh)
            try tx.finish(claim(), answer: [])
            try tx.forget(claim())
            #expect(try tx.begin(claim()) == .done([]))
        }
    }

    @Test("an effect that fails takes its claim with it")
    func atomic() async throws {
        let store = try await Samples.store()
        await #expect(throws: StoreError.self) {
            try await store.write { tx in
                _ = try tx.begin(claim())
                try tx.setRole("NOBODY", to: "x")
            }
        }
        #expect(try await store.read { try $0.state(of: claim()) } == .fresh)
    }

    @Test("answers are forgotten after a day")
    func expiry() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            _ = try tx.begin(claim())
            try tx.finish(claim(), answer: [1])
        }
        let later = 1_000 + IdempotencyClaim.lifetime
        #expect(try await store.read { try $0.state(of: claim(at: later - 1)) } == .done([1]))
        #expect(try await store.write { try $0.begin(claim(input: "other", at: later)) } == .fresh)
        try await store.write { tx in
            try tx.finish(claim(input: "other", at: later), answer: [2])
            #expect(try tx.expireIdempotency(now: later + 1) == 0)
            #expect(try tx.expireIdempotency(now: later + IdempotencyClaim.lifetime) == 1)
        }
    }

    @Test("what was pending when the hub died is dropped at the next start")
    func restart() async throws {
        try await withFolder { folder in
            let first = try HubStore(path: folder + "/hub.db")
            try await first.write { tx in
                _ = try tx.begin(claim())
                _ = try tx.begin(claim(key: "done"))
                try tx.finish(claim(key: "done"), answer: [9])
            }
            try await first.close()
            let second = try HubStore(path: folder + "/hub.db")
            #expect(try await second.read { try $0.state(of: claim()) } == .fresh)
            #expect(try await second.read { try $0.state(of: claim(key: "done")) } == .done([9]))
            try await second.close()
        }
    }

    @Test("who opens the store beside a running hub leaves alone what that hub has begun")
    func beside() async throws {
        try await withFolder { folder in
            let hub = try HubStore(path: folder + "/hub.db")
            _ = try await hub.write { try $0.begin(claim()) }
            let other = try HubStore(beside: folder + "/hub.db")
            try await other.write { try $0.setMeta("a", to: "b") }
            try await other.close()
            #expect(try await hub.read { try $0.state(of: claim()) } == .pending)
            #expect(try await hub.read { try $0.meta("a") } == "b")
            try await hub.close()
        }
    }

    private func claim(key: String = "k", input: String = "input", at: Int64 = 1_000) -> IdempotencyClaim {
        IdempotencyClaim(peerId: "P", operation: "o/p", key: key, fingerprint: input, at: at)
    }
}

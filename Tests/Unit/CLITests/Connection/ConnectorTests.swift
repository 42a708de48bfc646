import ArgumentParser
import CallProtocol
import Daemon
import Link
import Operations
import Synchronization
import Testing

@testable import capstan

@Suite("Asking a hub")
struct ConnectorTests {
    static let status = HubStatus(
        version: "1", fingerprint: "f", startedAt: "2026-01-01T00:00:00Z", nodes: [:], workloads: [:], links: 1,
        events: 0, memory: nil)

    @Test("Calls go over one link, and a new one is made when it is lost")
    func relinked() async throws {
        try await FakeHub.with([HubOperations.status.handled { _, _ in Self.status }]) { hub in
            let connector = HubConnector(hub.context)
            for _ in 1...2 {
                let status = try await connector.ask(HubOperations.status, Empty())
                #expect(status.version == "1")
            }
            #expect(hub.linkCount == 1)
            hub.loseLinks()
            let status = try await connector.ask(HubOperations.status, Empty(), wait: .seconds(10))
            #expect(status.version == "1")
            #expect(hub.linkCount == 2)
            await connector.close()
        }
    }

    @Test("With a wait, what is unavailable is asked again with the same key")
    func retried() async throws {
        let keys = Mutex<[String?]>([])
        let submit = WorkloadOperations.submit.handled { _, context in
            let count = keys.withLock { keys in
                keys.append(context.idempotencyKey)
                return keys.count
            }
            if count < 3 { throw CallError(.unavailable, "not yet") }
            return WorkloadSpecSample.view(state: "queued")
        }
        try await FakeHub.with([submit]) { hub in
            let connector = HubConnector(hub.context)
            let spec = WorkloadSpec(cmd: ["true"])
            let error = await #expect(throws: CallError.self) {
                try await connector.ask(WorkloadOperations.submit, spec)
            }
            #expect(error?.code == .unavailable)
            keys.withLock { $0 = [] }
            _ = try await connector.ask(WorkloadOperations.submit, spec, wait: .seconds(30))
            let seen = keys.withLock { $0 }
            #expect(seen.count == 3)
            #expect(Set(seen).count == 1)
            #expect(seen[0] != nil)
            await connector.close()
        }
    }

    @Test("A hub with another key is refused with 77, one that is not there with 69")
    func refused() async throws {
        try await FakeHub.with([]) { hub in
            var other = hub.context
            other.fingerprints = [PeerKey().fingerprint]
            let wrong = await #expect(throws: CallError.self) {
                try await HubConnector(other).ask(HubOperations.status, Empty())
            }
            #expect(wrong.map { Failure($0).exit } == .notAllowed)
        }
        var nowhere = ContextStoreTests.context("x")
        nowhere.hub = [HostPort(host: "127.0.0.1", port: 1)]
        let connector = HubConnector(nowhere)
        let away = await #expect(throws: CallError.self) {
            try await connector.ask(HubOperations.status, Empty())
        }
        #expect(away.map { Failure($0).exit } == .unavailable)
    }

    @Test("A hub whose key was rotated is found by its old one, and the new one is told")
    func rotated() async throws {
        let old = PeerKey()
        try await FakeHub.with([HubOperations.status.handled { _, _ in Self.status }], after: old) { hub in
            let told = Mutex<[[Fingerprint]]>([])
            let connector = HubConnector(hub.context) { pins in told.withLock { $0.append(pins) } }
            _ = try await connector.ask(HubOperations.status, Empty())
            let connection = try await connector.connection()
            #expect(told.withLock { $0 } == [[connection.link.peer.fingerprint]])
            #expect(connection.link.peer.fingerprint != old.fingerprint)
            await connector.close()
        }
    }

    @Test("A key that the hub does not know is told to log in again")
    func unknownKey() async throws {
        let refusal = GoAway(code: .unauthenticated, reason: "this key is not known")
        try await FakeHub.with([], refusing: refusal) { hub in
            let error = await #expect(throws: CallError.self) {
                try await HubConnector(hub.context).ask(HubOperations.status, Empty())
            }
            let refused = try #require(error)
            let failure = Failure(refused, of: try Exec.parse([]))
            #expect(failure.exit == .notAllowed)
            #expect(failure.advice?.contains("capstan login") == true)
            // A machine that joins is no operator.
            #expect(Failure(refused, of: try SpokeJoin.parse(["cap1_x"])).advice == nil)
        }
    }
}

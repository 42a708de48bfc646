import CallProtocol
import Core
import Link
import Operations
import Store
import TestKit
import Testing

/// A virtual machine that was asleep, or a clock that was set: the hub's wall clock jumps, the time that passes does not.
@Suite("A clock that jumps")
struct ClockJumpTests {
    private static let day: Int64 = 86_400_000
    private static let jumps = [day, -600_000]

    @Test("Presence does not notice: who is there stays, and grace takes as long as it takes", arguments: jumps)
    func presence(jump: Int64) async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let peer = try #require(hub.core.directory[node])
            let link = try await spoke.connect(to: hub)
            try await hub.connects(node)
            hub.jump(jump)
            #expect(hub.core.presence.state(of: peer) == .connected)
            link.abort()
            try await eventually { hub.core.presence.state(of: peer) == .disconnected }
            hub.jump(jump == Self.day ? jump : 300_000)
            hub.pass(29_999)
            #expect(hub.core.presence.state(of: peer) == .disconnected)
            hub.pass(1)
            #expect(hub.core.presence.state(of: peer) == .offline)
        }
    }

    @Test("The lost clock does not notice: an attempt on a node that is away is not given up early", arguments: jumps)
    func lost(jump: Int64) async throws {
        try await HubFixture.withNode { hub, _, calls, node in
            let id = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            node.link.abort()
            try await eventually { try await hub.events("node.disconnected").count == 1 }
            hub.jump(jump)
            hub.pass(30_000)
            try await eventually { try await hub.events("node.offline").count == 1 }
            #expect(try await hub.workload(id)?.state == .running)
            hub.pass(600_000)
            try await eventually { try await hub.workload(id)?.state != .running }
        }
    }

    @Test("A deadline of a call does not notice", arguments: jumps)
    func deadline(jump: Int64) async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            hub.jump(jump)
            _ = try await calls.call(HubOperations.status, Empty(), .init(deadlineMs: 20_000))
        }
    }

    @Test("A workload that waits for another try is tried again though the clock was set back")
    func retry() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls) { $0.retryOnFailure = true }
            try spoke.finish(try await hub.attempt(1, of: id, becomes: .running), exit: 3)
            try await hub.becomes(id, .queued)
            hub.jump(-600_000)
            _ = try await hub.attempt(2, of: id, becomes: .running)
        }
    }

    @Test("A token that was made before the clock was set back is good, and one whose time is over is not")
    func token() async throws {
        try await HubFixture.with { hub in
            let early = try await token(hub)
            hub.jump(-600_000)
            _ = try await enrol(hub, early)
            let late = try await token(hub)
            hub.jump(Self.day)
            let refusal = await #expect(throws: CallError.self) { _ = try await enrol(hub, late) }
            #expect(refusal?.code == .tokenExpired)
        }
    }

    private func token(_ hub: HubFixture) async throws -> TokenCreated {
        let maker = TokenMaker(
            fingerprint: hub.key.fingerprint, addresses: [HostPort(host: "127.0.0.1", port: 7443)])
        let (record, created) = try maker.make(TokenCreateInput(kind: .spoke), by: "test", at: hub.wall)
        try await hub.store.write { try $0.insertToken(record) }
        return created
    }

    private func enrol(_ hub: HubFixture, _ token: TokenCreated) async throws -> EnrolOutput {
        let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
        let calls = CallClient(try await hub.link(hello, key: PeerKey()))
        let parsed = try JoinToken(token.token)
        let facts = HostFacts(hostname: "vm", os: "linux", arch: "x86_64", cpus: 1, memory: 1)
        return try await calls.call(
            PeerOperations.enrol,
            EnrolInput(
                tokenId: parsed.id, secret: parsed.secretText, name: nil, labels: [:], facts: facts, kind: .spoke))
    }
}

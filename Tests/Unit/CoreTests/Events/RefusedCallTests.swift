import CallProtocol
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("The audit of refused calls")
struct RefusedCallTests {
    /// The error of a call.
    private func refusal(_ call: () async throws -> Void) async -> ErrorCode? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? CallError)?.code
        }
    }

    private func refused(_ hub: HubFixture, _ kind: String) async throws -> [EventRecord] {
        _ = try await becomesTrue { try await !hub.events(kind).isEmpty }
        return try await hub.events(kind)
    }

    @Test("A mutation of the hub that the caller may not do is written down: who, what, result")
    func onTheHub() async throws {
        try await HubFixture.with { hub in
            let viewer = try await hub.operator_(role: "viewer", name: "vera")
            let node = try await hub.add(.spoke, "n1", key: FakeSpoke().key)
            #expect(
                await refusal { _ = try await viewer.call(NodeOperations.remove, NodeRemoval(node: "n1")) }
                    == .forbidden)
            let event = try #require(try await refused(hub, "call.node/remove").first)
            #expect(event.message == "vera called node/remove of n1: FORBIDDEN" && event.severity == .warning)
            #expect(event.subject == "n1" && event.node == node)
            #expect(event.data.contains(#""result":"FORBIDDEN""#))
            // Looking at something is no mutation, refused or not.
            #expect(await refusal { _ = try await viewer.call(TokenOperations.list, TokenListInput()) } == .forbidden)
            // Events are written in the order of the calls, and after their answers: the next one is waited for.
            _ = await refusal { _ = try await viewer.call(NodeOperations.remove, NodeRemoval(node: "n1")) }
            try await eventually { try await hub.events("call.node/remove").count == 2 }
            #expect(try await hub.events("call.token/list").isEmpty)
        }
    }

    @Test("A session that never reached its node is written down, with the node where it is known")
    func onANode() async throws {
        try await HubFixture.with { hub in
            let viewer = try await hub.operator_(role: "viewer", name: "vera")
            let admin = try await hub.operator_(name: "ada")
            let node = try await hub.add(.spoke, "n1", key: FakeSpoke().key)
            for (client, name) in [(viewer, "n1"), (admin, "n1"), (admin, "nowhere")] {
                _ = await refusal {
                    _ = try await client.session(
                        TTYOperations.open, TTYOpenInput(cmd: ["true"]), .init(node: .named(name)))
                }
            }
            try await eventually { try await hub.events("call.tty/open").count == 3 }
            let events = try await hub.events("call.tty/open")
            #expect(events.map(\.node) == [node, node, nil])
            #expect(
                events.map(\.message) == [
                    "vera called tty/open on n1: FORBIDDEN", "ada called tty/open on n1: UNAVAILABLE",
                    "ada called tty/open: NOT_FOUND",
                ])
        }
    }

    @Test("Who is refused again and again fills no log: the rest is counted, and told once a minute")
    func bounded() async throws {
        let time = TestTime()
        let calls = RefusedCalls(monotonic: { time.now })
        #expect((0..<100).count { _ in calls.admits("a") } == RefusedCalls.perCaller)
        #expect((0..<1_000).count { calls.admits("\($0)") } == RefusedCalls.overall - RefusedCalls.perCaller)
        #expect(calls.takeUnwritten() == 1_100 - RefusedCalls.overall && calls.takeUnwritten() == 0)
        time.pass(RefusedCalls.window)
        #expect(calls.admits("a"))
    }
}

import CallProtocol
import Core
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@Suite("Calls to nodes through the hub")
struct RoutingTests {
    /// A hub with one connected node.
    private func fleet(
        labels: [String: String] = [:], _ body: (HubFixture, FakeSpoke, Link) async throws -> Void
    ) async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key, labels: labels)
            let link = try await spoke.connect(to: hub)
            try await hub.connects(node)
            try await body(hub, spoke, link)
        }
    }

    private func open(_ calls: CallClient, _ node: NodeSelector = .named("n1")) async throws -> SessionStream {
        try await calls.session(TTYOperations.open, TTYOpenInput(cmd: ["echo"]), .init(node: node)).stream
    }

    private func send(_ total: Int, on stream: SessionStream) async throws {
        for start in stride(from: 0, to: total, by: 65_536) {
            let bytes = (start..<start + 65_536).map { UInt8(truncatingIfNeeded: $0 / 251) }
            try await stream.send(.stdin, ByteBuffer(bytes: bytes))
        }
        stream.finish()
    }

    private func code(_ body: () async throws -> Void) async -> ErrorCode? {
        do { try await body() } catch let error as CallError { return error.code } catch { return .internalError }
        return nil
    }

    @Test("A session's bytes arrive whole and in order, both ways, and its end is an audit event")
    func session() async throws {
        try await fleet { hub, _, _ in
            let stream = try await open(try await hub.operator_())
            let total = 8 << 20
            async let sent: Void = send(total, on: stream)
            var received = 0
            while let part = try await stream.next() {
                guard case .bytes(.stdout, let bytes) = part else { continue }
                for byte in bytes.readableBytesView {
                    guard byte == UInt8(truncatingIfNeeded: received / 251) else {
                        Issue.record("byte \(received) is \(byte)")
                        return
                    }
                    received += 1
                }
            }
            try await sent
            #expect(received == total)
            try await eventually { try await hub.events("call.tty/open").count == 1 }
        }
    }

    @Test("A deadline may be any number", arguments: [Int64.max, 1 << 62])
    func anyDeadline(milliseconds: Int64) async throws {
        try await fleet { hub, _, _ in
            let calls = try await hub.operator_()
            let facts = try await calls.call(
                HostOperations.facts, Empty(), .init(node: .named("n1"), deadlineMs: milliseconds))
            #expect(facts.hostname == "fake")
        }
    }

    @Test("A caller who gives up reaches the node, and a node that goes away reaches the caller")
    func ends() async throws {
        try await fleet { hub, _, link in
            let calls = try await hub.operator_()
            let given = try await open(calls)
            given.reset(.aborted, "enough")
            try await eventually {
                try await hub.events("call.tty/open").first?.message.contains("ABORTED") == true
            }
            let kept = try await open(calls)
            link.abort()
            let failure = await #expect(throws: StreamFailure.self) { while try await kept.next() != nil {} }
            #expect(failure?.reason == "node n1: the link was lost")
            #expect(await code { _ = try await open(calls) } == .unavailable)
        }
    }

    @Test("A caller whose link is lost has left: that is what the audit log says of the session")
    func left() async throws {
        try await fleet { hub, _, _ in
            let key = PeerKey()
            try await hub.add(.operator_, "op", key: key, role: "admin")
            let link = try await hub.link(
                Hello(software: "test", role: .operator_, instance: String(repeating: "c", count: 32)), key: key)
            _ = try await open(CallClient(link))
            link.abort()
            try await eventually { try await hub.events("call.tty/open").count == 1 }
            #expect(try await hub.events("call.tty/open").first?.message == "op called tty/open on n1: ABORTED")
        }
    }

    @Test("Of a node whose link is being drained it is said that it is stopping")
    func stopping() async throws {
        try await fleet { hub, _, link in
            let calls = try await hub.operator_()
            // The hub's subscriptions are what the link has to finish.
            try await eventually { hub.core.presence.linkCount == 1 }
            let kept = try await open(calls)
            link.drain(GoAway(code: .shutdown, reason: "the spoke is stopping"))
            try await eventually {
                do {
                    _ = try await open(calls)
                    return false
                } catch {
                    return (error as? CallError)?.message == "node n1 is stopping"
                }
            }
            kept.finish()
        }
    }

    @Test("What a node refused, or broke off, is no success in the audit log")
    func audited() async throws {
        try await fleet { hub, _, link in
            let calls = try await hub.operator_()
            #expect(
                await code {
                    _ = try await calls.session(
                        TTYOperations.open, TTYOpenInput(cmd: ["refuse"]), .init(node: .named("n1")))
                }
                    == .failedPrecondition)
            try await eventually { try await hub.events("call.tty/open").count == 1 }
            let refused = try #require(try await hub.events("call.tty/open").first)
            #expect(refused.severity == .warning && refused.message.hasSuffix(" on n1: FAILED_PRECONDITION"))
            #expect(refused.data.contains(#""answer":"error""#))
            let fine = try await open(calls)
            fine.finish()
            while try await fine.next() != nil {}
            try await eventually { try await hub.events("call.tty/open").count == 2 }
            let ended = try #require(try await hub.events("call.tty/open").last)
            #expect(ended.severity == .info && ended.data.contains(#""answer":"responded""#))
            let broken = try await open(calls)
            link.abort()
            await #expect(throws: StreamFailure.self) { while try await broken.next() != nil {} }
            try await eventually { try await hub.events("call.tty/open").last?.severity == .warning }
        }
    }

    @Test("A viewer runs nothing; a label's operator only where the label is; nobody on a node that waits")
    func access() async throws {
        try await fleet(labels: ["team": "a"]) { hub, spoke, _ in
            let viewer = try await hub.operator_(role: "viewer", name: "viewer")
            #expect(await code { _ = try await open(viewer) } == .forbidden)
            let grants = #"[{"scopes":["tty:*"],"nodes":["team=b"]}]"#
            try await hub.store.write { try $0.saveRole(RoleRecord(name: "team-b", grants: grants)) }
            try await hub.core.directory.load(from: hub.store)
            let restricted = try await hub.operator_(role: "team-b", name: "restricted")
            #expect(await code { _ = try await open(restricted) } == .forbidden)
            #expect(await code { _ = try await open(restricted, .labels([:])) } == .notFound)
            let admin = try await hub.operator_()
            try await hub.add(.spoke, "n2", key: PeerKey(), state: .pending)
            #expect(await code { _ = try await open(admin, .named("n2")) } == .failedPrecondition)
            #expect(await code { _ = try await open(admin, .labels(["team": "b"])) } == .notFound)
            #expect(await code { _ = try await open(admin, .labels(["team": "a"])) } == nil)
            #expect(await code { _ = try await open(admin, .named("nobody")) } == .notFound)
        }
    }

    @Test("What a node does for the hub alone nobody may ask, however it is spelled")
    func hubOnly() async throws {
        try await fleet { hub, spoke, _ in
            let admin = try await hub.operator_()
            for name in ["attempt/list", "/attempt/list", "journal/ack"] {
                let error = await code {
                    _ = try await admin.call(name, input: .emptyObject, .init(node: .named("n1")))
                }
                #expect(error == .notFound)
            }
        }
    }

    @Test("Who enrols may enrol and nothing else; who waits for approval may ask who it is")
    func strangers() async throws {
        try await fleet { hub, _, _ in
            let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
            for (name, node) in [("peer/enrol", "n1"), ("node/list", nil), ("peer/me", nil)] as [(String, String?)] {
                let calls = CallClient(try await hub.link(hello, key: PeerKey()))
                let options = CallClient.Options(node: node.map { .named($0) })
                #expect(await code { _ = try await calls.call(name, input: .emptyObject, options) } != nil)
            }
            let enrolling = CallClient(try await hub.link(hello, key: PeerKey()))
            #expect(
                await code {
                    _ = try await enrolling.call("peer/enrol", input: .emptyObject, .init(node: .named("n1")))
                } == .forbidden)
            let key = PeerKey()
            try await hub.add(.operator_, "late", key: key, role: "admin", state: .pending)
            let waiting = CallClient(
                try await hub.link(
                    Hello(software: "x", role: .operator_, instance: String(repeating: "2", count: 32)), key: key))
            #expect(await code { _ = try await waiting.call(NodeOperations.list, NodeListInput()) } == .forbidden)
            #expect(await code { _ = try await open(waiting) } == .forbidden)
        }
    }

    @Test("A node may not call other nodes")
    func nodeToNode() async throws {
        try await fleet { hub, _, link in
            let other = FakeSpoke()
            try await hub.add(.spoke, "n2", key: other.key)
            #expect(
                await code {
                    _ = try await CallClient(link).call(
                        "message/accept", input: .emptyObject, .init(node: .named("n2")))
                } == .forbidden)
        }
    }
}

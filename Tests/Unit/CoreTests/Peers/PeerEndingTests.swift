import CallProtocol
import FoundationEssentials
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@testable import Core

/// Whoever is shut out loses what runs at once: on the hub, and through it on nodes.
@Suite("The end of a peer")
struct PeerEndingTests {
    /// How an admin ends a peer.
    enum End: CaseIterable {
        case disable, remove, role

        func call(_ admin: CallClient, _ peer: String) async throws {
            switch self {
            case .disable: _ = try await admin.call(PeerOperations.disable, PeerRef(peer: peer))
            case .remove: _ = try await admin.call(PeerOperations.remove, PeerRef(peer: peer))
            case .role: _ = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: peer, role: "viewer"))
            }
        }
    }

    /// A session on a node that says when the node saw its end.
    private func watched(_ ended: Recorder<String>) -> [OperationEntry] {
        [
            Self.hold.sessioned { input, _, stream in
                try stream.accept(input)
                defer { ended.add("session") }
                while try await stream.next() != nil {}
            },
            Self.follow.subscribed { input, _, sink in
                defer { ended.add("subscription") }
                try await sink.send(input)
                try await Task.sleep(for: .seconds(3600))
            },
        ]
    }

    private static let hold = Operation<Empty, Empty>("host/hold", .session, summary: "Stays open")
    private static let follow = Operation<Empty, Empty>("host/follow", .subscription, summary: "Stays open")

    private func hello(_ instance: Character) -> Hello {
        Hello(software: "test", role: .operator_, instance: String(repeating: instance, count: 32))
    }

    @Test(
        "An operator's sessions and subscriptions end at once, on the hub and on nodes, on each of its links",
        arguments: End.allCases)
    func operator_(end: End) async throws {
        let ended = Recorder<String>()
        let spoke = FakeSpoke(more: watched(ended))
        try await HubFixture.withNode(spoke: spoke) { hub, _, admin, _ in
            let key = PeerKey()
            try await hub.add(.operator_, "olga", key: key, role: "operator")
            let links = [try await hub.link(hello("1"), key: key), try await hub.link(hello("2"), key: key)]
            var (sessions, follows): ([SessionStream], [Subscription<Empty>]) = ([], [])
            var events: [Subscription<EventView>] = []
            for link in links {
                let calls = CallClient(link)
                sessions.append(try await calls.session(Self.hold, Empty(), .init(node: .named("n1"))).stream)
                let follow = try calls.subscribe(Self.follow, Empty(), .init(node: .named("n1")))
                #expect(try await follow.next() != nil)
                follows.append(follow)
                var input = EventWatchInput()
                (input.tail, input.follow) = (1, true)
                let watch = try calls.subscribe(EventOperations.watch, input)
                #expect(try await watch.next() != nil)
                events.append(watch)
            }
            try await end.call(admin, "olga")
            for link in links { _ = try await link.end.get() }
            for session in sessions {
                await #expect(throws: (any Error).self) { while try await session.next() != nil {} }
            }
            for follow in follows { await #expect(throws: CallError.self) { while try await follow.next() != nil {} } }
            for watch in events { await #expect(throws: CallError.self) { while try await watch.next() != nil {} } }
            try await eventually { ended.all.count == 4 }
        }
    }

    @Test(
        "A node's end is the end of what others run on it, with an error that says so", arguments: [true, false])
    func node(isRemoved: Bool) async throws {
        let spoke = FakeSpoke(more: watched(Recorder<String>()))
        try await HubFixture.withNode(spoke: spoke) { _, _, admin, node in
            let session = try await admin.session(Self.hold, Empty(), .init(node: .named("n1"))).stream
            let end = isRemoved ? End.remove : .disable
            try await end.call(admin, "n1")
            _ = try await node.link.end.get()
            let failure = await #expect(throws: (any Error).self) { while try await session.next() != nil {} }
            #expect("\(failure.map { "\($0)" } ?? "")".contains(isRemoved ? "was removed" : "was disabled"))
        }
    }

    @Test("A link that finishes with a key of before ends with the others")
    func oldKey() async throws {
        try await HubFixture.with { hub in
            let (admin, old, new) = (try await hub.operator_(), PeerKey(), PeerKey())
            let id = try await hub.add(.operator_, "olga", key: old, role: "viewer")
            let first = try await hub.link(hello("1"), key: old)
            let proof = RotateInput.proof(old: old.fingerprint.text, new: new.fingerprint.text, peer: id)
            _ = try await CallClient(first).call(
                PeerOperations.rotate,
                RotateInput(
                    newSpki: Data(new.spki).base64EncodedString(),
                    signature: Data(try new.sign(proof)).base64EncodedString()))
            var input = EventWatchInput()
            (input.tail, input.follow) = (1, true)
            let watch = try CallClient(first).subscribe(EventOperations.watch, input)
            #expect(try await watch.next() != nil)
            // The same process goes over to its new key, and its old link finishes what it does.
            first.drain(GoAway(code: .renew, reason: "a new link takes over"))
            try await eventually { hub.core.openLinks.links(of: id).contains { $0.farewell != nil } }
            let second = try await hub.link(hello("1"), key: new)
            _ = try await CallClient(second).call(PeerOperations.me, Empty())
            try await eventually { hub.core.directory[id]?.fingerprints == [new.fingerprint] }
            #expect(!first.hasEnded)
            try await End.disable.call(admin, "olga")
            _ = try await first.end.get()
            _ = try await second.end.get()
        }
    }
}

import CallProtocol
import FoundationEssentials
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("A peer changes its key")
struct PeerRotationTests {
    private static let day: Int64 = 24 * 3_600_000

    /// What announces `new` for `peer` in place of `old`.
    private static func input(_ new: PeerKey, old: PeerKey, peer: String) throws -> RotateInput {
        let proof = RotateInput.proof(old: old.fingerprint.text, new: new.fingerprint.text, peer: peer)
        return RotateInput(
            newSpki: Data(new.spki).base64EncodedString(),
            signature: Data(try new.sign(proof)).base64EncodedString())
    }

    private func announce(
        _ new: PeerKey, old: PeerKey, peer: String, over link: Link
    ) async throws -> RotateOutput {
        try await CallClient(link).call(PeerOperations.rotate, try Self.input(new, old: old, peer: peer))
    }

    private func code(_ body: () async throws -> Void) async -> ErrorCode? {
        do { try await body() } catch let error as CallError { return error.code } catch { return .internalError }
        return nil
    }

    /// A link of a spoke that serves nothing.
    private func link(_ hub: HubFixture, _ key: PeerKey, generation: UInt64 = 1) async throws -> Link {
        var hello = Hello(software: "test", role: .spoke, instance: String(repeating: "a", count: 32))
        (hello.link, hello.slot, hello.generation) = (.bulk, 0, generation)
        return try await hub.link(hello, key: key)
    }

    @Test("both keys hold until a link with the new one is ready; then the old one's links and rights are gone")
    func life() async throws {
        try await HubFixture.with { hub in
            let (old, new) = (PeerKey(), PeerKey())
            let id = try await hub.add(.spoke, "n1", key: old)
            let first = try await link(hub, old)
            let answer = try await announce(new, old: old, peer: id, over: first)
            #expect(answer.fingerprint == new.fingerprint.text && answer.peerId == id && answer.expiresAt != nil)
            #expect(!first.hasEnded)
            let second = try await link(hub, new, generation: 2)
            let me = try await CallClient(second).call(PeerOperations.me, Empty())
            #expect(me.id == id)
            try await eventually { first.hasEnded }
            #expect(hub.core.directory[id]?.fingerprints == [new.fingerprint])
            #expect(hub.core.directory[id]?.announced == nil)
            await #expect(throws: StreamFailure.self) { _ = try await link(hub, old, generation: 3) }
            // The whole of it is in the store: a hub that starts now knows the same.
            let again = PeerDirectory()
            try await again.load(from: hub.store)
            #expect(again.peer(old.fingerprint, at: 0) == nil)
            #expect(again.peer(new.fingerprint, at: 0)?.id == id)
            #expect(try await hub.events("peer.key-rotated").count == 1)
            try await eventually { try await hub.events("call.peer/rotate").count == 1 }
        }
    }

    @Test("an announced key whose day is over is refused, the old one stays, and the sweep tells it")
    func expiry() async throws {
        try await HubFixture.with { hub in
            let (old, new) = (PeerKey(), PeerKey())
            let id = try await hub.add(.spoke, "n1", key: old)
            _ = try await announce(new, old: old, peer: id, over: try await link(hub, old))
            hub.pass(Self.day - 1)
            #expect(hub.core.directory.peer(new.fingerprint, at: hub.core.clock.now())?.id == id)
            hub.pass(1)
            #expect(hub.core.directory.peer(new.fingerprint, at: hub.core.clock.now()) == nil)
            await #expect(throws: StreamFailure.self) { _ = try await link(hub, new, generation: 2) }
            _ = try await link(hub, old, generation: 3)
            try await Housekeeping(core: hub.core).sweep()
            #expect(hub.core.directory[id]?.announced == nil)
            #expect(try await hub.store.read { try $0.key(new.fingerprint.text) } == nil)
            #expect(try await hub.events("peer.key-forgotten").count == 1)
        }
    }

    @Test("again is the same, another takes the place of the first, whose links end")
    func again() async throws {
        try await HubFixture.with { hub in
            let (old, new, other) = (PeerKey(), PeerKey(), PeerKey())
            let id = try await hub.add(.spoke, "n1", key: old)
            let first = try await link(hub, old)
            let once = try await announce(new, old: old, peer: id, over: first)
            hub.pass(5_000)
            let twice = try await announce(new, old: old, peer: id, over: first)
            #expect(once == twice)
            _ = try await announce(other, old: old, peer: id, over: first)
            await #expect(throws: StreamFailure.self) { _ = try await link(hub, new, generation: 2) }
            let second = try await link(hub, other, generation: 3)
            _ = try await CallClient(second).call(PeerOperations.me, Empty())
            let settled = try await announce(other, old: other, peer: id, over: second)
            #expect(settled.expiresAt == nil)
        }
    }

    @Test("a wrong proof, another's key and an old key of one's own are refused with what was wrong")
    func refused() async throws {
        try await HubFixture.with { hub in
            let (old, new, stranger) = (PeerKey(), PeerKey(), PeerKey())
            let id = try await hub.add(.spoke, "n1", key: old)
            try await hub.add(.spoke, "n2", key: stranger)
            let first = try await link(hub, old)
            let calls = CallClient(first)
            for input in [
                try Self.input(new, old: new, peer: id), try Self.input(new, old: old, peer: "X"),
                RotateInput(newSpki: "!", signature: "AA"), RotateInput(newSpki: "AAAA", signature: "AAAA"),
                RotateInput(
                    newSpki: Data(stranger.spki).base64EncodedString(),
                    signature: try Self.input(new, old: old, peer: id).signature),
            ] {
                #expect(await code { _ = try await calls.call(PeerOperations.rotate, input) } == .invalidInput)
            }
            #expect(await code { _ = try await announce(stranger, old: old, peer: id, over: first) } == .conflict)
            _ = try await announce(new, old: old, peer: id, over: first)
            let second = try await link(hub, new, generation: 2)
            #expect(await code { _ = try await announce(old, old: new, peer: id, over: second) } == .conflict)
            #expect(hub.core.directory[id]?.announced == nil)
        }
    }

    @Test("operators change their own keys too; removing a peer ends both of its keys")
    func others() async throws {
        try await HubFixture.with { hub in
            let (old, new) = (PeerKey(), PeerKey())
            let id = try await hub.add(.operator_, "ada", key: old, role: "viewer")
            let hello = Hello(software: "test", role: .operator_, instance: String(repeating: "c", count: 32))
            let first = try await hub.link(hello, key: old)
            _ = try await announce(new, old: old, peer: id, over: first)
            let second = try await hub.link(hello, key: new)
            #expect(try await CallClient(second).call(PeerOperations.me, Empty()).id == id)
            try await eventually { first.hasEnded }

            let (own, next) = (PeerKey(), PeerKey())
            let node = try await hub.add(.spoke, "n1", key: own)
            _ = try await announce(next, old: own, peer: node, over: try await link(hub, own))
            let calls = try await hub.operator_()
            _ = try await calls.call(NodeOperations.remove, NodeRemoval(node: "n1"))
            for key in [own, next] {
                await #expect(throws: StreamFailure.self) { _ = try await link(hub, key, generation: 9) }
            }
        }
    }

    @Test("what the old process is draining itself may finish; another process with the old key is cut off")
    func links() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let (new, id) = (PeerKey(), try await hub.add(.spoke, "n1", key: spoke.key))
            let control = try await spoke.connect(to: hub)
            try await hub.connects(id)
            let session = try await (try await hub.operator_()).session(
                TTYOperations.open, TTYOpenInput(cmd: ["echo"]), .init(node: .named("n1"))
            ).stream
            _ = try await announce(new, old: spoke.key, peer: id, over: control)
            control.drain(GoAway(code: .renew, reason: "another key"))
            try await eventually { hub.core.presence.link(id) == nil }
            let second = try await link(hub, new, generation: 2)
            _ = try await CallClient(second).call(PeerOperations.me, Empty())
            try await session.send(.stdin, .init(string: "still here"))
            guard case .bytes(.stdout, let bytes)? = try await session.next() else {
                Issue.record("the session is gone")
                return
            }
            #expect(String(buffer: bytes) == "still here")
            // On the link that goes on, the replaced key has no rights left.
            #expect(!control.hasEnded)
            #expect(hub.core.caller(id, key: spoke.key.fingerprint).grants.isEmpty)
            #expect(!hub.core.caller(id, key: new.fingerprint).grants.isEmpty)
            // Removing the node reaches that link as well.
            _ = try await (try await hub.operator_(name: "other")).call(NodeOperations.remove, NodeRemoval(node: "n1"))
            try await eventually { control.hasEnded }
        }
    }

    @Test("a hub that rotated more often than a HELLO holds serves the newest part of its chain")
    func bounds() async throws {
        let store = try HubStore.inMemory()
        var keys = [PeerKey()]
        let (first, setup) = (keys[0], HubSetup(directory: "/nowhere"))
        try await store.write { transaction in
            try transaction.addHubKey(
                HubKeyRecord(fingerprint: first.fingerprint.text, spki: Data(first.spki), addedAt: 0))
        }
        for number in 1...70 {
            let next = PeerKey()
            try await setup.rotate(
                from: keys[number - 1], to: next, revoking: false, in: store, at: Int64(number))
            keys.append(next)
        }
        let last = keys[70]
        let statements = try await store.read { try $0.keyStatements(to: last) }
        #expect(statements.count == Hello.maximumKeyStatements)
        var hello = Hello(software: "hub", role: .hub, instance: String(repeating: "0", count: 32))
        hello.keyStatements = statements
        #expect(hello.defect == nil)
        #expect(try JSONCoding.encode(hello).buffer.readableBytes < Frame.maximumLength)
        let peer = PeerIdentity(fingerprint: last.fingerprint, spki: last.spki, address: "")
        #expect(HubPins([keys[6].fingerprint]).accept(peer, statements: statements))
        #expect(!HubPins([keys[5].fingerprint]).accept(peer, statements: statements))

        await #expect(throws: HubSetup.Failure.self) {
            try await setup.rotate(from: keys[3], to: PeerKey(), revoking: false, in: store, at: 99)
        }
        let fresh = PeerKey()
        try await setup.rotate(from: last, to: fresh, revoking: true, in: store, at: 100)
        #expect(try await store.read { try $0.keyStatements(to: fresh) }.isEmpty)
        #expect(try await store.read { try $0.hubKeys().count } == 72)
    }
}

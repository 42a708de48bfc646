import CallProtocol
import Core
import FoundationEssentials
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@Suite("Tunnel peers at the hub")
struct TunnelPeerTests {
    /// A hub with an operator `ann` of a role.
    private func bench(
        role: String = "operator", grants: [Grant]? = nil,
        _ body: (_ hub: HubFixture, _ ann: CallClient, _ id: String) async throws -> Void
    ) async throws {
        try await HubFixture.with { hub in
            if let grants { try await hub.addRole(role, grants) }
            let ann = try await hub.operator_(role: role, name: "ann")
            try await body(hub, ann, try await ann.call(PeerOperations.me, Empty()).id)
        }
    }

    private func enrol(
        _ key: PeerKey, by ann: CallClient, _ sponsor: String, proof: [UInt8]? = nil
    ) async throws -> EnrolOutput {
        let proof = proof ?? TunnelEnrolInput.proof(key: key.fingerprint.text, sponsor: sponsor)
        return try await ann.call(
            TunnelOperations.enrol,
            TunnelEnrolInput(
                name: "vm", spki: Data(key.spki).base64EncodedString(),
                signature: Data(try key.sign(proof)).base64EncodedString()))
    }

    private func link(_ hub: HubFixture, _ key: PeerKey, instance: String = "c") async throws -> Link {
        let hello = Hello(software: "test", role: .tunnel, instance: String(repeating: instance, count: 32))
        return try await hub.link(hello, key: key)
    }

    private func calls(_ hub: HubFixture, _ key: PeerKey) async throws -> CallClient {
        CallClient(try await link(hub, key))
    }

    private func refusal(_ code: ErrorCode, _ body: () async throws -> Void) async {
        let error = await #expect(throws: CallError.self) { try await body() }
        #expect(error?.code == code, "\(error?.message ?? "")")
    }

    @Test("The same key is the same peer; another's key, a bad proof and who is no operator are refused")
    func enrolling() async throws {
        try await bench { hub, ann, id in
            let key = PeerKey()
            let first = try await enrol(key, by: ann, id)
            #expect(try await enrol(key, by: ann, id).peerId == first.peerId)
            #expect(try await enrol(PeerKey(), by: ann, id).name == "vm-2")
            await refusal(.invalidInput) { _ = try await enrol(PeerKey(), by: ann, id, proof: Array("else".utf8)) }
            let spoke = PeerKey()
            try await hub.add(.spoke, "n1", key: spoke)
            await refusal(.conflict) { _ = try await enrol(spoke, by: ann, id) }
            let peer = try await calls(hub, key)
            await refusal(.forbidden) { _ = try await enrol(PeerKey(), by: peer, first.peerId) }
        }
    }

    @Test("It sees and changes its own tunnels and no others, and reaches no node but by its sponsor's right")
    func ownership() async throws {
        let grants = [Grant(scopes: ["tunnel:*", "peer:self"])]
        try await bench(role: "tunneller", grants: grants) { hub, ann, id in
            let key = PeerKey()
            let enrolled = try await enrol(key, by: ann, id)
            let peer = try await calls(hub, key)
            let node = try await hub.add(.spoke, "n1", key: PeerKey())
            let foreign = try await ann.call(
                TunnelOperations.create, TunnelCreateInput(node: "n1", endpoint: "http://127.0.0.1:1"))
            let own = try await peer.call(
                TunnelOperations.create, TunnelCreateInput(node: nil, endpoint: "http://127.0.0.1:2"))
            #expect(own.nodeId == enrolled.peerId && own.carriedBy == .tunnel && own.node == "vm")
            let byNode = try await peer.call(
                TunnelOperations.create, TunnelCreateInput(node: "n1", endpoint: "http://127.0.0.1:3"))
            #expect(byNode.nodeId == node && byNode.carriedBy == .spoke)
            let list = try await peer.call(TunnelOperations.list, TunnelListInput()).tunnels
            #expect(Set(list.map(\.id)) == [own.id, byNode.id])
            await refusal(.notFound) { _ = try await peer.call(TunnelOperations.show, TunnelRef(id: foreign.id)) }
            await refusal(.notFound) { _ = try await peer.call(TunnelOperations.delete, TunnelRef(id: foreign.id)) }
            // No node is ever another one's tunnel peer.
            await refusal(.notFound) {
                _ = try await ann.call(
                    TunnelOperations.create, TunnelCreateInput(node: "vm", endpoint: "http://127.0.0.1:4"))
            }
            await refusal(.invalidInput) {
                _ = try await ann.call(
                    TunnelOperations.create, TunnelCreateInput(node: nil, endpoint: "http://127.0.0.1:4"))
            }
            let nodes = try await hub.operator_().call(NodeOperations.list, NodeListInput())
            #expect(nodes.nodes.map(\.name) == ["n1"])
        }
    }

    @Test("A sponsor whose right is for labelled nodes alone lets no machine in that is none")
    func labelled() async throws {
        let grants = [Grant(scopes: ["tunnel:*", "peer:self"], nodes: try LabelSelector(parsing: ["site=a"]))]
        try await bench(role: "local", grants: grants) { hub, ann, id in
            await refusal(.forbidden) { _ = try await enrol(PeerKey(), by: ann, id) }
        }
    }

    @Test("Its link ends when the sponsor is disabled or loses the right, and none begins until then is over")
    func sponsor() async throws {
        try await bench { hub, ann, id in
            let admin = try await hub.operator_(name: "admin")
            let key = PeerKey()
            _ = try await enrol(key, by: ann, id)
            let first = try await link(hub, key)
            _ = try await admin.call(PeerOperations.disable, PeerRef(peer: "ann"))
            #expect(try await first.end.get().isUnauthenticated)
            await #expect(throws: (any Error).self) { try await link(hub, key, instance: "d") }
            _ = try await admin.call(PeerOperations.enable, PeerRef(peer: "ann"))
            let second = try await link(hub, key, instance: "e")
            _ = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: "ann", role: "viewer"))
            #expect(try await second.end.get().isUnauthenticated)
        }
    }

    @Test("With a token it is let in until that ends or is revoked; the next one takes its place")
    func token() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            func token(_ life: Int64) async throws -> JoinToken {
                var input = TokenCreateInput(kind: .tunnel)
                input.ttlMs = life
                let maker = TokenMaker(
                    fingerprint: hub.key.fingerprint, addresses: [HostPort(host: "127.0.0.1", port: 7443)])
                let (record, created) = try maker.make(input, by: "test", at: hub.wall)
                try await hub.store.write { try $0.insertToken(record) }
                return try JoinToken(created.token)
            }
            func join(_ key: PeerKey, _ token: JoinToken) async throws -> EnrolOutput {
                let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
                return try await CallClient(try await hub.link(hello, key: key)).call(
                    PeerOperations.enrol,
                    EnrolInput(
                        tokenId: token.id, secret: token.secretText, name: nil, labels: [:],
                        facts: HostFacts(hostname: "vm", os: "linux", arch: "x86_64", cpus: 1, memory: 1),
                        kind: .tunnel))
            }
            let key = PeerKey()
            let first = try await join(key, try await token(60_000))
            #expect(first.validUntil != nil)
            let live = try await link(hub, key)
            let next = try await token(120_000)
            let renewed = try await join(key, next)
            #expect(renewed.peerId == first.peerId)
            hub.pass(90_000)
            // The hub looks every second; it is let in by the second token.
            try await Task.sleep(for: .milliseconds(100))
            #expect(live.farewell == nil)
            // A token lets its machine serve tunnels of its own, and those alone.
            try await hub.add(.spoke, "n1", key: PeerKey())
            let calls = CallClient(live)
            await refusal(.forbidden) {
                _ = try await calls.call(
                    TunnelOperations.create, TunnelCreateInput(node: "n1", endpoint: "http://127.0.0.1:1"))
            }
            _ = try await calls.call(
                TunnelOperations.create, TunnelCreateInput(node: nil, endpoint: "http://127.0.0.1:1"))
            _ = try await admin.call(TokenOperations.revoke, TokenRef(token: next.id))
            #expect(try await live.end.get().isUnauthenticated)
            await #expect(throws: (any Error).self) { try await link(hub, key, instance: "d") }
            await refusal(.tokenInvalid) { _ = try await join(key, next) }
            let third = try await token(60_000)
            #expect(try await join(key, third).peerId == first.peerId)
            // One that it came with before lets it in again, and costs no use.
            let fourth = try await token(50_000)
            _ = try await join(key, fourth)
            _ = try await admin.call(TokenOperations.revoke, TokenRef(token: fourth.id))
            let again = try await join(key, third)
            #expect(again.validUntil != nil && again.peerId == first.peerId)
            #expect(try await hub.store.read { try $0.token(third.id)?.uses } == 1)
            _ = try await admin.call(PeerOperations.disable, PeerRef(peer: first.peerId))
            await refusal(.forbidden) { _ = try await join(key, third) }
            _ = try await admin.call(PeerOperations.enable, PeerRef(peer: first.peerId))
            let back = try await link(hub, key, instance: "e")
            hub.pass(60_001)
            #expect(try await back.end.get().isUnauthenticated)
        }
    }

    @Test("It goes with its last tunnel; its key is nobody's afterwards")
    func lastTunnel() async throws {
        try await bench { hub, ann, id in
            let key = PeerKey()
            let enrolled = try await enrol(key, by: ann, id)
            let live = try await link(hub, key)
            let calls = CallClient(live)
            var made: [String] = []
            for port in 1...2 {
                made.append(
                    try await calls.call(
                        TunnelOperations.create, TunnelCreateInput(node: nil, endpoint: "http://127.0.0.1:\(port)")
                    ).id)
            }
            _ = try await calls.call(TunnelOperations.delete, TunnelRef(id: made[0]))
            #expect(hub.core.directory[enrolled.peerId] != nil)
            // The answer to its own wish comes before its link ends.
            _ = try await calls.call(TunnelOperations.delete, TunnelRef(id: made[1]))
            #expect(hub.core.directory[enrolled.peerId] == nil)
            #expect(try await live.end.get().isUnauthenticated)
            await refusal(.conflict) { _ = try await enrol(key, by: ann, id) }
        }
    }

    @Test("Its tunnels at nodes are its own while its sponsor may make some there, and no longer")
    func atNodes() async throws {
        let grants = [Grant(scopes: ["tunnel:*", "peer:self"])]
        try await bench(role: "tunneller", grants: grants) { hub, ann, id in
            let key = PeerKey()
            _ = try await enrol(key, by: ann, id)
            let peer = try await calls(hub, key)
            try await hub.add(.spoke, "n1", key: PeerKey(), labels: ["site": "b"])
            let made = try await peer.call(
                TunnelOperations.create, TunnelCreateInput(node: "n1", endpoint: "http://127.0.0.1:1"))
            _ = try await peer.call(TunnelOperations.disable, TunnelRef(id: made.id))
            try await hub.addRole(
                "tunneller",
                [
                    Grant(scopes: ["tunnel:enrol", "peer:self"]),
                    Grant(scopes: ["tunnel:*"], nodes: try LabelSelector(parsing: ["site=a"])),
                ])
            await refusal(.notFound) { _ = try await peer.call(TunnelOperations.enable, TunnelRef(id: made.id)) }
            #expect(try await peer.call(TunnelOperations.list, TunnelListInput()).tunnels.isEmpty)
        }
    }

    @Test("Its removal takes its tunnels along; one that nobody uses goes by itself after an hour")
    func removal() async throws {
        try await bench { hub, ann, id in
            let admin = try await hub.operator_(name: "admin")
            let keys = [PeerKey(), PeerKey()]
            let first = try await enrol(keys[0], by: ann, id)
            let idle = try await enrol(keys[1], by: ann, id)
            let calls = try await calls(hub, keys[0])
            _ = try await calls.call(
                TunnelOperations.create, TunnelCreateInput(node: nil, endpoint: "http://127.0.0.1:1"))
            hub.pass(3_700_000)
            try await eventually { hub.core.directory[idle.peerId] == nil }
            #expect(hub.core.directory[first.peerId] != nil)
            _ = try await admin.call(PeerOperations.remove, PeerRef(peer: first.peerId))
            #expect(try await admin.call(TunnelOperations.list, TunnelListInput()).tunnels.isEmpty)
            #expect(try await hub.events("peer.removed").count == 2)
        }
    }

    @Test("Of two processes with one key the newer one serves")
    func superseded() async throws {
        try await bench { hub, ann, id in
            let key = PeerKey()
            _ = try await enrol(key, by: ann, id)
            let old = try await link(hub, key, instance: "c")
            let new = try await link(hub, key, instance: "d")
            guard case .farewell(let goAway) = try await old.end.get() else {
                Issue.record("the old link ended otherwise")
                return
            }
            #expect(goAway.code == .superseded && new.farewell == nil)
        }
    }
}

extension LinkEnd {
    fileprivate var isUnauthenticated: Bool {
        if case .farewell(let goAway) = self { goAway.code == .unauthenticated } else { false }
    }
}

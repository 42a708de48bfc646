import CallProtocol
import Core
import Link
import Operations
import Store
import Testing

@Suite("Enrolling at the hub")
struct EnrolTests {
    private func enrol(
        _ hub: HubFixture, _ token: TokenCreated, as kind: TokenCreateInput.Kind?, name: String? = nil,
        hostname: String = "vm"
    ) async throws -> EnrolOutput {
        let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
        let calls = CallClient(try await hub.link(hello, key: PeerKey()))
        let parsed = try JoinToken(token.token)
        let facts = HostFacts(hostname: hostname, os: "linux", arch: "x86_64", cpus: 1, memory: 1)
        return try await calls.call(
            PeerOperations.enrol,
            EnrolInput(
                tokenId: parsed.id, secret: parsed.secretText, name: name, labels: [:], facts: facts, kind: kind))
    }

    private func token(
        _ hub: HubFixture, _ kind: TokenCreateInput.Kind, uses: Int = 1
    ) async throws -> TokenCreated {
        let maker = TokenMaker(
            fingerprint: hub.key.fingerprint, addresses: [HostPort(host: "127.0.0.1", port: 7443)])
        var input = TokenCreateInput(kind: kind)
        input.uses = uses
        let (record, created) = try maker.make(input, by: "test", at: 1_000_000)
        try await hub.store.write { try $0.insertToken(record) }
        return created
    }

    @Test(
        "A token for another kind of peer is refused with what to do, and is not used up",
        arguments: [
            (.spoke, .operator_, "capstan spoke join"), (.operator_, .spoke, "capstan login"),
        ] as [(TokenCreateInput.Kind, TokenCreateInput.Kind, String)])
    func otherKind(
        made: TokenCreateInput.Kind, wanted: TokenCreateInput.Kind, advice: String
    ) async throws {
        try await HubFixture.with { hub in
            let token = try await token(hub, made)
            let refusal = await #expect(throws: CallError.self) { try await enrol(hub, token, as: wanted) }
            #expect(refusal?.code == .tokenInvalid)
            #expect(refusal?.message.contains(advice) == true, "\(refusal?.message ?? "")")
            #expect(try await hub.store.read { try $0.token(token.id)?.uses } == 0)
            #expect(try await hub.store.read { try $0.allPeers() }.isEmpty)
            #expect(try await enrol(hub, token, as: made).name == "vm")
        }
    }
}

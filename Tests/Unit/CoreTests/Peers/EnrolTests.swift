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

    @Test("A token is revoked by a unique beginning of its id; one that is not unique names the candidates")
    func revoke() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            let first = try await token(hub, .spoke)
            _ = try await calls.call(TokenOperations.revoke, TokenRef(token: String(first.id.prefix(20)).lowercased()))
            #expect(try await hub.store.read { try $0.token(first.id)?.revokedAt } != nil)
            let second = try await token(hub, .spoke)
            let ambiguous = await #expect(throws: CallError.self) {
                try await calls.call(TokenOperations.revoke, TokenRef(token: String(second.id.prefix(4))))
            }
            #expect(ambiguous?.code == .invalidInput && ambiguous?.message.contains(first.id) == true)
            let none = await #expect(throws: CallError.self) {
                try await calls.call(TokenOperations.revoke, TokenRef(token: "ZZZZ"))
            }
            #expect(none?.code == .notFound)
        }
    }

    @Test("What goes with machines only is refused in a token for an operator, not dropped")
    func strays() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            for change in [{ $0.labels = ["a": "b"] }, { $0.approve = true }, { $0.instance = "i-1" }]
                as [(inout TokenCreateInput) -> Void]
            {
                var input = TokenCreateInput(kind: .operator_)
                change(&input)
                let wanted = input
                let error = await #expect(throws: CallError.self) {
                    try await calls.call(TokenOperations.create, wanted)
                }
                #expect(error?.code == .invalidInput)
            }
        }
    }

    @Test("A name that nobody chose is numbered where it is taken; a chosen one is a conflict")
    func names() async throws {
        try await HubFixture.with { hub in
            let token = try await token(hub, .spoke, uses: 10)
            var names: [String] = []
            for _ in 1...3 { names.append(try await enrol(hub, token, as: .spoke).name) }
            #expect(names == ["vm", "vm-2", "vm-3"])
            let refusal = await #expect(throws: CallError.self) {
                try await enrol(hub, token, as: .spoke, name: "vm-2")
            }
            #expect(refusal?.code == .conflict)
            let long = String(repeating: "n", count: 63)
            _ = try await enrol(hub, token, as: .spoke, hostname: long)
            let numbered = try await enrol(hub, token, as: .spoke, hostname: long).name
            #expect(numbered.count <= 63 && numbered.hasSuffix("n-2"))
            // The names of operators are their own.
            #expect(try await enrol(hub, try await self.token(hub, .operator_), as: .operator_).name == "vm")
        }
    }

    @Test(
        "A name that could be another's id, or the beginning of one, is refused",
        arguments: ["01M7YKN7", "01m7ykn7q8z4x2c9v6b3n5k1d0", "0000"])
    func idLike(name: String) async throws {
        try await HubFixture.with { hub in
            let token = try await token(hub, .spoke, uses: 10)
            let refusal = await #expect(throws: CallError.self) { try await enrol(hub, token, as: .spoke, name: name) }
            #expect(refusal?.code == .invalidInput)
            #expect(refusal?.message.contains("id") == true)
            #expect(try await enrol(hub, token, as: .spoke, hostname: name).name.hasPrefix("node-"))
        }
    }
}

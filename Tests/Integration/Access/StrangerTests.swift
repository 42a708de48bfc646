import CallProtocol
import Core
import Formats
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@Suite("A stranger at the hub's port", .timeLimit(.minutes(2)))
struct StrangerTests {
    /// A link of role enrol over TLS, with a key that nobody has seen.
    private func stranger<Value>(
        _ hub: LiveHub, key: PeerKey = PeerKey(), _ body: (Link) async throws -> Value
    ) async throws -> Value {
        let hello = Hello(software: "stranger", role: .enrol, instance: Hex.random(16))
        let link = try await hub.dialler(key).dial([hub.address], hello: hello) { _, _ in }
        defer { link.abort() }
        try await link.isAccepted.get()
        return try await body(link)
    }

    private func answer(
        _ operation: String, node: String? = nil, input: JSONValue = [:], over link: Link
    ) async throws -> CallError? {
        let options = CallClient.Options(node: node.map { .named($0) })
        let call = try CallClient(link).start(operation, input: RawJSON(input), options)
        defer { call.close() }
        do throws(CallError) {
            _ = try await call.nextRaw()
            return nil
        } catch {
            return error
        }
    }

    private func token(_ hub: LiveHub, uses: Int = 1) async throws -> JoinToken {
        let maker = TokenMaker(fingerprint: hub.core.key.fingerprint, addresses: [hub.address])
        var input = TokenCreateInput()
        input.uses = uses
        let (record, created) = try maker.make(input, by: "test", at: hub.core.clock.now())
        try await hub.core.store.write { try $0.insertToken(record) }
        return try JoinToken(created.token)
    }

    private func enrolment(_ token: JoinToken, secret: String? = nil) -> JSONValue {
        ["tokenId": .string(token.id), "secret": .string(secret ?? token.secretText), "labels": [:]]
    }

    @Test("is refused everything but to enrol, with one code and one text that tells nothing of what is there")
    func everything() async throws {
        try await LiveHub.with { hub in
            _ = try await hub.add(.spoke, "n1", key: PeerKey())
            for operation in OperationCatalog.hub where operation.name != PeerOperations.enrol.name {
                let error = try await stranger(hub) { try await answer(operation.name, over: $0) }
                #expect(error?.code == .forbidden, "\(operation.name)")
                let text = "`127.0.0.1` (role enrol) lacks the scope \(operation.access.scope)"
                #expect(error?.message == text && error?.details == nil)
            }
            for operation in OperationCatalog.node + [PeerOperations.enrol.descriptor] {
                for node in ["n1", "nowhere"] {
                    let error = try await stranger(hub) { try await answer(operation.name, node: node, over: $0) }
                    #expect(error?.code == .forbidden, "\(operation.name)")
                    #expect(error?.message == "`127.0.0.1` (role enrol) may not call nodes")
                }
            }
        }
    }

    @Test("has one stream, and 64 KiB for what it asks; a second one is refused, also after it has enrolled")
    func oneStream() async throws {
        try await LiveHub.with { hub in
            let token = try await token(hub)
            let (first, second) = try await stranger(hub) { link in
                let first = try await answer("peer/enrol", input: enrolment(token), over: link)
                return (first, try await answer("peer/self", over: link))
            }
            #expect(first == nil && second?.code == .unavailable)
            let long: JSONValue = ["tokenId": .string(String(repeating: "x", count: 65_536))]
            let error = try await stranger(hub) { try await answer("peer/enrol", input: long, over: $0) }
            #expect(error?.code == .resourceExhausted || error?.code == .internalError, "\(String(describing: error))")
        }
    }

    @Test(
        "cannot take another role: without a peer's key every link but one to enrol is refused",
        arguments: [
            Hello.Role.spoke, .operator_, .tunnel, .hub,
        ])
    func roles(role: Hello.Role) async throws {
        try await LiveHub.with { hub in
            let link = try await hub.dialler(PeerKey()).dial(
                [hub.address], hello: Hello(software: "stranger", role: role, instance: Hex.random(16))
            ) { _, _ in }
            let failure = await #expect(throws: StreamFailure.self) { try await link.isAccepted.get() }
            #expect(failure?.code == .unauthenticated)
        }
    }

    @Test("learns from the first word of the hub its software and keys, and nothing of the fleet")
    func hello() async throws {
        try await LiveHub.with { hub in
            _ = try await hub.add(.spoke, "n1", key: PeerKey())
            let told = try await stranger(hub) { $0.hello }
            let value = try JSONCoding.value(of: told)
            guard case .object(let members) = value else { return }
            let known: Set<String> = [
                "version", "minVersion", "software", "role", "link", "instance", "initialCredit", "maxStreams",
                "keyStatements", "features",
            ]
            #expect(Set(members.keys).isSubset(of: known), "\(members.keys)")
            #expect(told.role == .hub && told.operations == nil)
        }
    }

    @Test("learns from a wrong secret nothing about the token: unknown, used, expired and revoked ones look alike")
    func guesses() async throws {
        try await LiveHub.with { hub in
            let wrong = Base64URL.encode([UInt8](repeating: 7, count: 32))
            let (used, revoked, good) = (try await token(hub), try await token(hub), try await token(hub))
            _ = try await stranger(hub) { try await answer("peer/enrol", input: enrolment(used), over: $0) }
            let now = hub.core.clock.now()
            try await hub.core.store.write { try $0.revokeToken(revoked.id, at: now) }
            var errors: [CallError?] = []
            for input in [
                enrolment(used, secret: wrong), enrolment(revoked, secret: wrong), enrolment(good, secret: wrong),
                ["tokenId": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "secret": .string(wrong), "labels": [:]],
                enrolment(revoked),
            ] as [JSONValue] {
                errors.append(try await stranger(hub) { try await answer("peer/enrol", input: input, over: $0) })
            }
            #expect(errors.allSatisfy { $0?.code == ErrorCode.tokenInvalid && $0 == errors[0] }, "\(errors)")
        }
    }
}

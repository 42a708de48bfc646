import CallProtocol
import TestKit
import Testing

@testable import OpenAPI

@Suite("Servers, and what is shown to them")
struct CredentialTests {
    @Test(
        "what a server is",
        arguments: [
            ("https://API.Example:8443/v1/", "https://api.example:8443/v1"), ("http://a.example", "http://a.example"),
            ("https://[::1]:9/x", "https://[::1]:9/x"), ("https://a.example/v1?x#y", "https://a.example/v1"),
            ("unix:///run/docker.sock", "unix:///run/docker.sock"),
            ("unix:///run/d.sock:/v1.41", "unix:///run/d.sock:/v1.41"),
            ("https://user:pw@a.example/", nil), ("https://a.example@evil.example/", nil), ("ftp://a.example", nil),
            ("https://a example", nil), ("https:///x", nil), ("https://a.example:99999", nil),
            ("https://a\\evil.example", nil),
            ("/v1", nil), ("https://é.example", nil),
        ] as [(String, String?)])
    func servers(_ text: String, _ expected: String?) {
        #expect(ServerURL(text)?.description == expected)
    }

    @Test(
        "the document's, the path's, the operation's; variables by their defaults; --server before all, with the base path kept"
    )
    func choice() throws {
        let text = """
            openapi: 3.1.0
            servers: [{url: 'https://{region}.a.example:{port}/base', variables: {region: {default: eu}, port: {enum: ['8443'], default: '8443'}}}]
            paths:
              /a: {get: {}}
              /b: {servers: [{url: 'https://b.example'}], get: {}, put: {servers: [{url: 'https://c.example/c/'}]}}
            """
        let plain = try Small.document(text)
        #expect(
            plain.operations.map { $0.server?.description } == [
                "https://eu.a.example:8443/base", "https://b.example", "https://c.example/c",
            ])
        #expect(plain.operations.map(\.hasOwnServer) == [false, true, true])
        let moved = try Small.document(text, server: "http://127.0.0.1:9")
        #expect(Set(moved.operations.map { $0.server?.description }) == ["http://127.0.0.1:9/base"])
        let rooted = try Small.document(text, server: "http://127.0.0.1:9/other")
        #expect(rooted.operations.first?.server?.description == "http://127.0.0.1:9/other")
        let socket = try Small.document(
            "swagger: '2.0'\nbasePath: /v1.43\npaths: {/x: {get: {}}}", server: "unix:///run/d.sock")
        #expect(
            try Small.request(socket).target == "/v1.43/x"
                && (try Small.request(socket)).origin.description == "unix:///run/d.sock")
        let none = try Small.document("openapi: 3.0.0\npaths: {/x: {get: {}}}")
        #expect(none.operations.first?.fault?.contains("--server") == true)
    }

    private func shown(_ security: String?, _ credentials: [Credential], schemes: String = WireCases.schemes) throws
        -> OutgoingRequest
    {
        let document = try Small.document(
            "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\npaths: {/x: {get: {\(security.map { "security: \($0)" } ?? "")}}}\n\(schemes)"
        )
        let operation = try #require(document.operations.first)
        let origin = try #require(operation.server?.origin)
        let request = try RequestBuilder(operation, document.requestSchemas).request([:], boundary: "b")
        return try CredentialBinding(schemes: document.schemes, origins: [origin]).showing(
            credentials, in: request, of: operation)
    }

    @Test("each scheme, alone and with others", arguments: WireCases.security)
    func schemes(_ security: String, _ header: String) throws {
        let request = try shown(security, [Credential(secret: "s3")])
        #expect(request.headers.contains { "\($0.name): \($0.value)" == header }, "\(request.headers)")
    }

    @Test(
        "nothing is shown where nothing is wanted; what is unsaid takes what there is; what is missing is told before anything is sent"
    )
    func absence() throws {
        let secret = [Credential(secret: "s3")]
        for security in ["[]", "[{}]"] {
            #expect(try shown(security, secret).headers.allSatisfy { !$0.value.contains("s3") })
        }
        #expect(try shown(nil, secret, schemes: "").header("authorization") == "Bearer s3")
        #expect(try shown("[{query: []}]", secret).target == "/x?api%20key=s3")
        #expect(throws: CallError.self) { try shown("[{bearer: []}]", []) }
        #expect(throws: CallError.self) { try shown("[{key: [], bearer: []}]", secret) }
        let both = try shown(
            "[{key: [], bearer: []}]",
            [Credential(scheme: "key", secret: "k"), Credential(scheme: "bearer", secret: "b")])
        #expect(both.header("X-Key") == "k" && both.header("Authorization") == "Bearer b")
        #expect(throws: CallError.self) { try shown("[{bearer: []}]", [Credential(secret: "a\r\nX: y")]) }
        #expect(
            !"\(Credential(secret: "s3"))".contains("s3")
                && !String(reflecting: Credential(secret: "s3")).contains("s3"))
    }

    @Test("a credential goes to its origin alone: another host, port or scheme is refused before anything is sent")
    func origins() throws {
        for server in ["https://b.example", "https://a.example:444", "http://a.example"] {
            let document = try Small.document(
                "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\npaths: {/x: {get: {servers: [{url: '\(server)'}], security: [{bearer: []}]}}}\n\(WireCases.schemes)"
            )
            let operation = try #require(document.operations.first)
            let request = try RequestBuilder(operation, document.requestSchemas).request([:], boundary: "b")
            let binding = CredentialBinding(
                schemes: document.schemes, origins: [Origin(scheme: .https, host: "a.example", port: 443)])
            #expect(throws: CallError.self, "\(server)") {
                try binding.showing([Credential(secret: "s3")], in: request, of: operation)
            }
        }
    }
}

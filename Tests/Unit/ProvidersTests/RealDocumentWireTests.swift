import CallProtocol
import NIOCore
import OpenAPI
import TestKit
import Testing

@testable import Operations
@testable import Providers

/// Every operation of every real document, called with its least input at a server that keeps what it gets. What is expected is
/// read from the document anew, by rules of this file.
@Suite("Operations of real documents on the wire", .enabled(if: RealDocuments.isThere))
struct RealDocumentWireTests {
    @Test("the request is what the document says", arguments: RealDocuments.counts.map(\.path))
    func requests(_ path: String) async throws {
        let (root, read) = RealDocuments.read(path)
        let document = try #require(read(root))
        let raw = try DocumentReader.read(document, file: root)
        try await ProviderFixture.with { fixture in
            try await FakeHTTPServer.with(answering: { _ in FakeResponse(204) }) { server in
                var input = ProviderImportInput(
                    name: "p", root: root, files: [.init(path: root, text: String(decoding: document, as: UTF8.self))])
                input.server = server.baseURL
                // What the document says, and not what comes with Capstan for it.
                input.mapping = "{}"
                input.credentials = ["env:KEY"]
                _ = try await fixture.call("provider/import", try JSONCoding.encode(input))
                let provider = try #require(fixture.service.provider("p"))
                for operation in provider.operations.values.sorted(by: { $0.name < $1.name }) {
                    server.forgetRequests()
                    let schema = operation.builder.schema
                    let sample = SampleValue.least(schema, with: provider.document.requestSchemas)
                    try await call(operation, sample, fixture)
                    try check(operation, sample, try #require(server.requests.first), raw)
                }
            }
        }
    }

    private func call(_ operation: ProviderOperation, _ input: JSONValue, _ fixture: ProviderFixture) async throws {
        let entry = try #require(try fixture.service.entry(operation.name, for: ProviderFixture.admin))
        let context = CallContext(
            id: "1", caller: ProviderFixture.admin, operation: operation.name, input: RawJSON(input))
        switch entry.handler {
        case .unary(let body): _ = try await body(RawJSON(input), context)
        case .subscription(let body): try await body(RawJSON(input), context, OutputSink { _ in })
        case .session: Issue.record("no operation of a document is a session")
        }
    }

    private func check(_ called: ProviderOperation, _ input: JSONValue, _ request: RecordedRequest, _ raw: JSONValue)
        throws
    {
        let name = Comment(rawValue: "\(called.name) \(request.target.raw)")
        // The operation in the raw document: by where the import says that it found it.
        let steps = called.operation.pointer.split(separator: "/").map(JSONPointer.unescape)
        #expect(steps.count == 3 && steps[0] == "paths" && request.method == steps[2].uppercased(), name)
        let item = try #require(raw["paths"]?[steps[1]])
        let declared = try #require(item[steps[2]])
        let base = raw["basePath"]?.stringValue ?? raw["servers"]?[0]?["url"]?.stringValue.map(Self.path) ?? ""
        let template = (base + steps[1]).split(separator: "/", omittingEmptySubsequences: false)
        let sent = request.path.split(separator: "/", omittingEmptySubsequences: false)
        #expect(template.count == sent.count, name)
        for (part, got) in zip(template, sent) {
            if part.contains("{") {
                let names = part.split(separator: "{").dropFirst().map { $0.prefix { $0 != "}" } }
                for parameter in names {
                    let value = try #require(input["path"]?[String(parameter)], name)
                    #expect(got.contains((value.stringValue ?? value.description).prefix(3)), name)
                }
            } else {
                #expect(part == got, name)
            }
        }
        let parameters = ((item["parameters"]?.arrayValue ?? []) + (declared["parameters"]?.arrayValue ?? [])).map {
            resolved($0, raw)
        }
        let queries = Set(parameters.filter { $0["in"] == "query" }.compactMap { $0["name"]?.stringValue })
        for pair in request.target.query {
            let parameter = pair.name.prefix { $0 != "[" }
            #expect(queries.contains(pair.name) || queries.contains(String(parameter)), name)
        }
        for parameter in parameters where parameter["in"] == "query" && parameter["required"] == true {
            #expect(request.target.query.contains { $0.name == parameter["name"]?.stringValue }, name)
        }
        checkBody(input, request, declared, raw, name)
        let security = declared["security"] ?? raw["security"]
        #expect((request.bearer == nil) == (security?.arrayValue?.isEmpty ?? false), name)
    }

    private func checkBody(
        _ input: JSONValue, _ request: RecordedRequest, _ declared: JSONValue, _ raw: JSONValue, _ name: Comment
    ) {
        guard let body = input["body"] else {
            #expect(request.body.readableBytes == 0 && request.header("content-type") == nil, name)
            return
        }
        let content = declared["requestBody"].map { resolved($0, raw) }?["content"]?.objectValue?.keys
        let types = content ?? (declared["consumes"] ?? raw["consumes"])?.arrayValue?.compactMap(\.stringValue) ?? []
        let sent = request.header("content-type")?.prefix { $0 != ";" }
        #expect(types.contains { $0.prefix { $0 != ";" } == sent ?? "" }, name)
        if sent == "application/json" { #expect(request.json == body, name) }
    }

    private func resolved(_ value: JSONValue, _ raw: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.stringValue else { return value }
        return reference.split(separator: "/").dropFirst().reduce(raw) { $0[JSONPointer.unescape($1)] ?? .null }
    }

    /// What stands behind the host of a URL, without a slash at its end.
    private static func path(_ url: String) -> String {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3)
        return parts.filter { !$0.isEmpty }.map { "/\($0)" }.joined()
    }
}

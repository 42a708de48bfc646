import CallProtocol
import NIOCore
import Testing

@Suite("A request travels with what it names and no more")
struct CallRequestTests {
    @Test("everything survives the way there and back")
    func roundTrip() throws {
        let request = CallRequest(
            operation: "container/list", input: RawJSON(["a": 1]), carriage: .json, node: .named("gpu-1"),
            deadlineMs: 30_000, idempotencyKey: "k", forwardedFor: ForwardedFor(peer: "p", name: "n", role: "admin"))
        #expect(request.operationId == "/container/list")
        #expect(try JSONCoding.decode(CallRequest.self, from: try JSONCoding.encode(request)) == request)
    }

    @Test("all but operationId may be left out")
    func minimal() throws {
        let request = try JSONCoding.decode(
            CallRequest.self, from: ByteBuffer(string: #"{"operationId":"/a/b","later":1}"#))
        #expect(request == CallRequest(operation: "a/b"))
        #expect(request.operation == "a/b")
        #expect(try JSONCoding.encode(request).description == #"{"operationId":"/a/b"}"#)
        #expect(throws: DecodingError.self) { try JSONCoding.decode(CallRequest.self, from: ByteBuffer(string: "{}")) }
    }

    @Test("a node is a name or labels, and nothing else")
    func nodes() throws {
        func node(_ text: String) throws -> NodeSelector? {
            try JSONCoding.decode(
                CallRequest.self, from: ByteBuffer(string: #"{"operationId":"/a/b","node":\#(text)}"#)
            ).node
        }
        #expect(try node("\"gpu\"") == .named("gpu"))
        #expect(try node(#"{"labels":{"gpu":"true"}}"#) == .labels(["gpu": "true"]))
        #expect(try node("null") == nil)
        #expect(throws: DecodingError.self) { try node("3") }
        #expect(throws: DecodingError.self) { try node(#"{"name":"x"}"#) }
    }

    @Test("an unknown carriage is refused")
    func carriage() {
        #expect(throws: DecodingError.self) {
            try JSONCoding.decode(
                CallRequest.self, from: ByteBuffer(string: #"{"operationId":"/a/b","carriage":"pigeon"}"#))
        }
    }
}

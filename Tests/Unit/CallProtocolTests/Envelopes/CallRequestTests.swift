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

    @Test(
        "the short way reads what the long way reads",
        arguments: [
            #"{"operationId":"/a/b"}"#, #"{"operationId":"/a/b","input":null,"node":null,"later":[{}]}"#,
            #"{"input":{"a":[1,{"b":"\u00e9"}]},"operationId":"/a/b","carriage":"raw","node":"n","deadlineMs":3}"#,
            #"{"operationId":"/\u0061/b","deadlineMs":3.0,"node":{"labels":{"gpu":"true"}},"idempotencyKey":"k"}"#,
            #"{"operationId":"/a/b","forwardedFor":{"peer":"p","name":"n\"","role":"r","later":1},"input":[]}"#,
        ])
    func ways(text: String) throws {
        let raw = try RawJSON(validating: ByteBuffer(string: text))
        let request = try CallRequest(payload: raw)
        #expect(request == (try JSONCoding.decode(CallRequest.self, from: ByteBuffer(string: text))))
        var writer = JSONWriter()
        request.write(to: &writer)
        #expect(writer.finish().description == (try JSONCoding.encode(request)).description)
    }

    @Test(
        "and refuses what it refuses",
        arguments: [
            "{}", "[]", #"{"operationId":null}"#, #"{"operationId":"/a","node":3}"#,
            #"{"operationId":"/a","carriage":"pigeon"}"#, #"{"operationId":"/a","deadlineMs":"3"}"#,
            #"{"operationId":"/a","idempotencyKey":1}"#, #"{"operationId":"/a","forwardedFor":{"peer":"p"}}"#,
        ])
    func refusals(text: String) {
        #expect(throws: DecodingError.self) { try CallRequest(payload: RawJSON(validating: ByteBuffer(string: text))) }
    }

    @Test("an answer is read and written the short way too")
    func response() throws {
        var writer = JSONWriter()
        CallResponse(output: RawJSON(["a": [1, "b"]])).write(to: &writer)
        let raw = writer.finish()
        #expect(raw.description == #"{"output":{"a":[1,"b"]}}"#)
        #expect(try CallResponse(payload: raw.read()).output.description == #"{"a":[1,"b"]}"#)
        #expect(try CallResponse(payload: raw).output.description == #"{"a":[1,"b"]}"#)
        #expect(throws: DecodingError.self) { try CallResponse(payload: RawJSON(["out": 1]).read()) }
    }
}

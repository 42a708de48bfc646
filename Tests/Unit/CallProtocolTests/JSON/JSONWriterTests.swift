import NIOCore
import Testing

@testable import CallProtocol

@Suite("JSON text is written")
struct JSONWriterTests {
    @Test("commas come by themselves")
    func structure() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.integer(1)
        writer.beginObject()
        writer.endObject()
        writer.string("x")
        writer.null()
        writer.bool(true)
        writer.endArray()
        writer.key("b")
        writer.raw(try RawJSON(validating: ByteBuffer(string: "{\"c\": 1}")))
        writer.key("d")
        writer.double(0.5)
        writer.endObject()
        #expect(writer.finish().description == #"{"a":[1,{},"x",null,true],"b":{"c": 1},"d":0.5}"#)
    }

    @Test(
        "strings have the fewest escapes",
        arguments: [
            ("", "\"\""), ("a\"b\\c/d", #""a\"b\\c/d""#),
            ("\u{8}\u{9}\u{a}\u{c}\u{d}\u{0}\u{1f}\u{7f}", "\"\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\""),
            (
                "long enough for words, then é and 😀 and a quote\"",
                "\"long enough for words, then é and 😀 and a quote\\\"\""
            ),
        ])
    func strings(text: String, json: String) throws {
        var writer = JSONWriter()
        writer.string(text)
        #expect(writer.finish().description == json)
        #expect(try JSONParser.parse(json) == .string(text))
    }

    @Test("integers of every size are written whole")
    func integers() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.integer(Int64.min)
        writer.integer(Int64.max)
        writer.integer(UInt64.max)
        writer.integer(UInt8(0))
        writer.integer(Int8.min)
        writer.integer(Int128.max)
        for power in [9, 10, 99, 100, 999_999_999, 1_000_000_000] { writer.integer(power) }
        writer.endArray()
        #expect(
            writer.finish().description
                == "[-9223372036854775808,9223372036854775807,18446744073709551615,0,-128,\(Int128.max),"
                + "9,10,99,100,999999999,1000000000]")
    }

    @Test("text is appended to what the buffer holds")
    func appends() throws {
        var buffer = ByteBuffer(string: "head:")
        try JSONCoding.encode(["k": [1, 2]], into: &buffer)
        #expect(String(buffer: buffer) == "head:{\"k\":[1,2]}")
    }
}

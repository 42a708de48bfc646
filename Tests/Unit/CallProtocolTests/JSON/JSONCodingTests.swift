import NIOCore
import Testing

@testable import CallProtocol

private struct Inner: Codable, Hashable {
    var name: String
    var weight: Double?
}

private enum Color: String, Codable, Hashable { case red, green }

private struct Everything: Codable, Hashable {
    var text: String
    var flag: Bool
    var small: Int8
    var big: UInt64
    var count: Int
    var real: Double
    var single: Float
    var missing: String?
    var missingNumber: Int?
    var given: Int?
    var color: Color
    var inner: Inner
    var list: [Inner]
    var strings: [String]
    var map: [String: Int]
    var nested: [[Int]]
    var any: JSONValue
    var raw: RawJSON
    var maybe: JSONValue?

    static let sample = Everything(
        text: "héllo \"quoted\"\n", flag: true, small: -7, big: .max, count: 42, real: 0.1, single: 0.1, missing: nil,
        missingNumber: nil, given: 5, color: .green, inner: Inner(name: "in", weight: 1.5),
        list: [Inner(name: "one"), Inner(name: "two", weight: 2)], strings: ["a", "", "c"], map: ["x": 1, "y": 2],
        nested: [[1], [], [2, 3]], any: ["z": [1, nil], "a": "b"], raw: RawJSON(["k": 1]), maybe: nil)
}

@Suite("Codable types go to JSON and back")
struct JSONCodingTests {
    @Test("a struct with every kind of field comes back as it was")
    func roundTrip() throws {
        let raw = try JSONCoding.encode(Everything.sample)
        #expect(try JSONCoding.decode(Everything.self, from: raw) == .sample)
        var value = try raw.value()
        // A JSONValue holds whole numbers beyond Int64 as doubles only.
        value["big"] = 7
        #expect(try JSONCoding.decode(Everything.self, from: value).list == Everything.sample.list)
        #expect(value["missing"] == nil)
        #expect(value["single"]?.doubleValue == 0.1)
        #expect(value["any"]?.objectValue?.keys == ["z", "a"])
    }

    @Test("members may stand in any order, unknown ones are ignored, keys may be escaped")
    func anyOrder() throws {
        let text = #"{"x":{"weight":9},"weight":2,"n\u0061me":"n","y":[1,2]}"#
        #expect(try JSONCoding.decode(Inner.self, from: ByteBuffer(string: text)) == Inner(name: "n", weight: 2))
    }

    @Test("raw JSON is written as it is and cut out as it stands")
    func raw() throws {
        struct Envelope: Codable { var payload: RawJSON }
        let text = #"{"payload": { "b" : [ 1 ] }}"#
        let envelope = try JSONCoding.decode(Envelope.self, from: ByteBuffer(string: text))
        #expect(envelope.payload.description == "{ \"b\" : [ 1 ] }")
        #expect(try JSONCoding.encode(envelope).description == #"{"payload":{ "b" : [ 1 ] }}"#)
        let string = try JSONCoding.decode([RawJSON].self, from: ByteBuffer(string: #"["a\n", -1]"#))
        #expect(string.map(\.description) == [#""a\n""#, "-1"])
    }

    @Test("scalars, arrays, dictionaries and optionals may be the whole")
    func fragments() throws {
        #expect(try JSONCoding.encode(3).description == "3")
        #expect(try JSONCoding.encode("a").description == "\"a\"")
        #expect(try JSONCoding.encode([Int?.none, 2]).description == "[null,2]")
        #expect(try JSONCoding.decode([Int?].self, from: ByteBuffer(string: "[null,2]")) == [nil, 2])
        #expect(try JSONCoding.decode(Int?.self, from: ByteBuffer(string: "null")) == nil)
        #expect(try JSONCoding.decode([String: [Int]].self, from: ByteBuffer(string: "{\"a\":[1]}")) == ["a": [1]])
        #expect(try JSONCoding.decode([Int: String].self, from: ByteBuffer(string: "{\"1\":\"a\"}")) == [1: "a"])
        struct Empty: Codable {}
        #expect(try JSONCoding.encode(Empty()).description == "{}")
        _ = try JSONCoding.decode(Empty.self, from: ByteBuffer(string: "{\"a\":1}"))
    }

    @Test("a dictionary of strings is read and written like any other, wherever it stands")
    func texts() throws {
        let labels = ["zone": "b", "": "", "quo\"te": "line\nend", "ключ": "значение"]
        #expect(try JSONCoding.decode([String: String].self, from: JSONCoding.encode(labels)) == labels)
        #expect(try JSONCoding.encode([String: String]()).description == "{}")
        #expect(try JSONCoding.encode([["a": "b"], [:]]).description == #"[{"a":"b"},{}]"#)
        let text = #"{"n\u0061me":"\u00e9"}"#
        #expect(try JSONCoding.decode([String: String].self, from: ByteBuffer(string: text)) == ["name": "é"])
        let nested = try JSONCoding.decode([String: [String: String]?].self, from: ByteBuffer(string: #"{"a":null}"#))
        #expect(nested == ["a": nil])
        for wrong in [#"{"a":"b","c":{"d":"e"}}"#, #"{"a":["b"]}"#, #"["a"]"#, "null"] {
            #expect(throws: DecodingError.self) {
                try JSONCoding.decode([String: String].self, from: ByteBuffer(string: wrong))
            }
        }
    }

    @Test("a large dictionary is read in order and out of order")
    func largeDictionary() throws {
        let map = Dictionary(uniqueKeysWithValues: (0..<20_000).map { ("key-\($0)", $0) })
        #expect(try JSONCoding.decode([String: Int].self, from: JSONCoding.encode(map)) == map)
    }

    @Test("enums with values are read as Swift writes them")
    func enumsWithValues() throws {
        enum Shape: Codable, Equatable {
            case circle(radius: Double)
            case square(Int)
            case none
        }
        for shape in [Shape.circle(radius: 2.5), .square(3), .none] {
            #expect(try JSONCoding.decode(Shape.self, from: JSONCoding.encode(shape)) == shape)
        }
        #expect(try JSONCoding.encode(Shape.circle(radius: 2.5)).description == #"{"circle":{"radius":2.5}}"#)
    }

    @Test(
        "what does not fit is refused with the path of the field and the reason",
        arguments: [
            (#"{"input":{"env":{"PATH":1},"args":[]}}"#, "input.env.PATH", "expected a string, found a number"),
            (#"{"input":{"env":{},"args":["a",null]}}"#, "input.args[1]", "expected a string, found null"),
            (#"{"input":{"env":{}}}"#, "input.args", "is required and missing"),
            (#"{"input":{"env":[],"args":[]}}"#, "input.env", "expected an object, found an array"),
            (#"{"input":{"env":{},"args":[],"small":300}}"#, "input.small", "the number must be from -128 to 127"),
            (#"{"input":{"env":{},"args":[],"small":1.5}}"#, "input.small", "expected a whole number from -128 to 127"),
            (#"{"input":{"env":{},"args":[],"small":"1"}}"#, "input.small", "expected a whole number, found a string"),
            (#"{"input":{"env":{},"args":[],"color":1e999}}"#, "input.color", "expected a string, found a number"),
            (#"{"input":1}"#, "input", "expected an object, found a number"),
            (#"{"input":{"#, "", "the JSON text ends too early at byte 10"),
        ])
    func errors(text: String, path: String, reason: String) {
        struct Input: Codable {
            var env: [String: String]
            var args: [String]
            var small: Int8?
            var color: Color?
        }
        struct Request: Codable { var input: Input }
        do {
            _ = try JSONCoding.decode(Request.self, from: ByteBuffer(string: text))
            Issue.record("decoded")
        } catch let error as DecodingError {
            let described = JSONCoding.describe(error)
            #expect(described.path == path)
            #expect(described.reason == reason)
        } catch {
            Issue.record(error)
        }
    }

    @Test("whole numbers may be written with a point, and every size has its bounds")
    func integers() throws {
        #expect(try JSONCoding.decode([Int].self, from: ByteBuffer(string: "[3.0,1e3,-0]")) == [3, 1000, 0])
        #expect(try JSONCoding.decode([UInt64].self, from: ByteBuffer(string: "[18446744073709551615]")) == [.max])
        #expect(try JSONCoding.decode([Int64].self, from: ByteBuffer(string: "[-9223372036854775808]")) == [.min])
        #expect(throws: DecodingError.self) { try JSONCoding.decode([UInt].self, from: ByteBuffer(string: "[-1]")) }
        #expect(throws: DecodingError.self) {
            try JSONCoding.decode([UInt64].self, from: ByteBuffer(string: "[18446744073709551616]"))
        }
        #expect(throws: DecodingError.self) { try JSONCoding.decode([Float].self, from: ByteBuffer(string: "[1e300]")) }
    }

    @Test("a double that is not finite is refused with its path, and the buffer is left as it was")
    func nonFinite() {
        var buffer = ByteBuffer(string: "head")
        do {
            try JSONCoding.encode(["list": [1, Double.nan]], into: &buffer)
            Issue.record("encoded")
        } catch EncodingError.invalidValue(_, let context) {
            #expect(JSONCoding.path(context.codingPath) == "list[1]")
        } catch {
            Issue.record(error)
        }
        #expect(String(buffer: buffer) == "head")
        #expect(throws: EncodingError.self) { try JSONCoding.encode(["a": JSONValue.array([.double(.infinity)])]) }
        #expect(throws: EncodingError.self) { try JSONCoding.encode(-Float.infinity) }
    }

    @Test("a value nested too deep to read again is not written")
    func tooDeep() {
        struct Chain: Encodable {
            var depth: Int
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                if depth > 0 { try container.encode(Chain(depth: depth - 1)) }
            }
        }
        #expect(throws: Never.self) { try JSONCoding.encode(Chain(depth: 127)) }
        #expect(throws: EncodingError.self) { try JSONCoding.encode(Chain(depth: 128)) }
        #expect(throws: EncodingError.self) { try JSONCoding.encode(Chain(depth: 5000)) }
    }

    @Test("nested containers, members of another's and super encoders are written in place")
    func byHand() throws {
        struct Base: Codable, Equatable { var id: Int }
        struct Whole: Codable, Equatable {
            enum Keys: String, CodingKey { case deep, list, extra }
            var base: Base
            var extra: Int

            init(base: Base, extra: Int) {
                self.base = base
                self.extra = extra
            }

            init(from decoder: any Decoder) throws {
                base = try Base(from: decoder)
                let container = try decoder.container(keyedBy: Keys.self)
                extra = try container.nestedContainer(keyedBy: Keys.self, forKey: .deep).decode(
                    Int.self, forKey: .extra)
                var list = try container.nestedUnkeyedContainer(forKey: .list)
                #expect(try list.decodeNil())
                #expect(try list.decode(Int.self) == 1)
                #expect(list.isAtEnd)
            }

            func encode(to encoder: any Encoder) throws {
                try base.encode(to: encoder)
                var container = encoder.container(keyedBy: Keys.self)
                var deep = container.nestedContainer(keyedBy: Keys.self, forKey: .deep)
                try deep.encode(extra, forKey: .extra)
                var list = container.nestedUnkeyedContainer(forKey: .list)
                try list.encodeNil()
                try list.encode(1)
            }
        }
        let whole = Whole(base: Base(id: 1), extra: 2)
        let raw = try JSONCoding.encode(whole)
        #expect(raw.description == #"{"id":1,"deep":{"extra":2},"list":[null,1]}"#)
        #expect(try JSONCoding.decode(Whole.self, from: raw) == whole)
    }

    @Test("writing to a container after the next was begun is an error, never wrong text")
    func outOfOrder() {
        struct Crossed: Encodable {
            enum Keys: String, CodingKey { case one, two }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                var one = container.nestedUnkeyedContainer(forKey: .one)
                var two = container.nestedUnkeyedContainer(forKey: .two)
                try two.encode(2)
                try one.encode(1)
            }
        }
        #expect(throws: EncodingError.self) { try JSONCoding.encode(Crossed()) }
    }

    @Test("an error that a type has caught is still an error, since its text is half written")
    func swallowed() {
        struct Careless: Encodable {
            enum Keys: String, CodingKey { case one, two }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                try? container.encode(Double.nan, forKey: .one)
                try container.encode(2, forKey: .two)
            }
        }
        #expect(throws: EncodingError.self) { try JSONCoding.encode(Careless()) }
    }

    @Test("mutated texts are decoded or refused and never trap")
    func mutations() throws {
        var generator = TestRandom(seed: 5)
        let seed = try JSONCoding.encode(Everything.sample)
        let bytes = Array(seed.buffer.readableBytesView)
        var decoded = 0
        for _ in 0..<4_000 {
            var mutant = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<mutant.count, using: &generator)
                mutant[place] = Array("0123456789\"{}[],:-.eanrt \\u".utf8).randomElement(using: &generator) ?? 0
            }
            if (try? JSONCoding.decode(Everything.self, from: ByteBuffer(bytes: mutant))) != nil { decoded += 1 }
        }
        #expect(decoded > 0)
    }
}

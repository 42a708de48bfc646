import NIOCore
import Testing

@testable import CallProtocol

@Suite("JSON text is read strictly")
struct JSONParserTests {
    @Test(
        "every kind of value is read",
        arguments: [
            ("null", JSONValue.null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.5e3", 1500), ("-0.25", -0.25),
            ("1E-2", 0.01), ("5e-324", .double(.leastNonzeroMagnitude)),
            ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
            ("123456789012345678901234567890", .double(1.2345678901234568e29)),
            ("\"\"", ""), ("\"a\\n\\u00e9\\\\\\/\\\"\"", "a\n\u{e9}\\/\""), ("\"\\ud83d\\ude00\"", "😀"),
            ("\"héllo 😀 wörld, a longer text\"", "héllo 😀 wörld, a longer text"), ("[]", []), ("[ ]", []), ("{}", [:]),
            ("[1,[2,{\"a\":[]}],\"x\"]", [1, [2, ["a": []]], "x"]),
            ("\t{\"b\":1 , \"a\" :null}\r\n", ["a": nil, "b": 1]),
        ] as [(String, JSONValue)])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
    }

    @Test(
        "what breaks the grammar is refused with its place",
        arguments: [
            ("", 0, .unexpectedEnd), (" ", 1, .unexpectedEnd), ("[1", 2, .unexpectedEnd), ("\"a", 2, .unexpectedEnd),
            ("tru", 3, .unexpectedEnd), ("-", 1, .unexpectedEnd), ("1.", 2, .unexpectedEnd),
            ("\"\\u12", 5, .unexpectedEnd),
            ("{\"a\"", 4, .unexpectedEnd), ("01", 0, .malformedNumber), ("1.x", 0, .malformedNumber),
            ("-a", 0, .malformedNumber), ("[1e+]", 1, .malformedNumber), ("1e999", 0, .numberOutOfRange),
            ("1 2", 2, .trailingBytes), ("{}}", 2, .trailingBytes), ("\"a\nb\"", 2, .controlCharacter),
            ("\"\\x\"", 1, .invalidEscape), ("\"\\u12g4\"", 5, .invalidEscape), ("\"\\ud800\"", 1, .loneSurrogate),
            ("\"\\udc00\"", 1, .loneSurrogate), ("\"\\ud800\\u0041\"", 1, .loneSurrogate),
            ("{\"a\":1,\"a\":2}", 8, .duplicateKey("a")), ("{\"a\":1,\"\\u0061\":2}", 8, .duplicateKey("a")),
            ("[1,]", 3, .unexpectedByte(0x5D, expected: "a value")),
            ("{\"a\":1,}", 7, .unexpectedByte(0x7D, expected: "a key in quotes")),
            ("[1}", 2, .unexpectedByte(0x7D, expected: "a comma or ]")),
            ("{1:2}", 1, .unexpectedByte(0x31, expected: "a key in quotes")),
            ("{\"a\" 1}", 5, .unexpectedByte(0x31, expected: "a colon")),
            ("nul!", 3, .unexpectedByte(0x21, expected: "the rest of null")),
            ("NaN", 0, .unexpectedByte(0x4E, expected: "a value")),
            ("+1", 0, .unexpectedByte(0x2B, expected: "a value")),
            ("\u{feff}1", 0, .unexpectedByte(0xEF, expected: "a value")),
        ] as [(String, Int, JSONParseError.Reason)])
    func refuses(text: String, offset: Int, reason: JSONParseError.Reason) {
        #expect(throws: JSONParseError(offset: offset, reason: reason)) { try JSONParser.parse(text) }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xC3],
        ] as [[UInt8]])
    func refusesBadUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONParseError(offset: 1, reason: .invalidUTF8)) {
            try JSONParser.parse([quote] + bytes + [quote])
        }
    }

    @Test("nesting is allowed to the limit and not beyond, however deep the input")
    func depth() throws {
        let limits = JSONLimits(depth: 3)
        _ = try JSONParser.parse("[[[1]]]", limits: limits)
        #expect(throws: JSONParseError(offset: 3, reason: .tooDeep(limit: 3))) {
            try JSONParser.parse("[[[[1]]]]", limits: limits)
        }
        let hostile = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONParseError(offset: 128, reason: .tooDeep(limit: 128))) { try JSONParser.parse(hostile) }
        #expect(throws: JSONParseError.self) {
            try JSONScanner(ByteBuffer(string: "{\"a\":" + String(repeating: "[", count: 100_000)))
        }
    }

    @Test("a text too long and one of too many values are refused")
    func bounds() {
        #expect(throws: JSONParseError(offset: 4, reason: .tooLong(limit: 4))) {
            try JSONParser.parse("[1,2]", limits: JSONLimits(bytes: 4))
        }
        #expect(throws: JSONParseError(offset: 5, reason: .tooManyValues(limit: 3))) {
            try JSONParser.parse("[1,2,3]", limits: JSONLimits(values: 3))
        }
    }

    @Test("a duplicate is found among many keys, and different keys that look alike to Swift are not duplicates")
    func duplicatesAmongMany() throws {
        let keys = (0..<2000).map { "\"k\($0)\":\($0)" }
        #expect(try JSONParser.parse("{" + keys.joined(separator: ",") + "}")["k1999"] == 1999)
        #expect(throws: JSONParseError.self) {
            try JSONParser.parse("{" + (keys + ["\"k7\":1"]).joined(separator: ",") + "}")
        }
        let twins = try JSONParser.parse("{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(twins["\u{e9}"] == 1)
        #expect(twins["e\u{301}"] == 2)
    }

    @Test("keys that are alike to Swift only do not share a hash, so that nobody can make look-ups slow with them")
    func spread() throws {
        // Ten letters, each in one of its two spellings: equal by canonical equivalence, all different as bytes.
        let keys = (0..<1024).map { number in
            (0..<10).map { number >> $0 & 1 == 0 ? "\u{e9}" : "e\u{301}" }.joined()
        }
        #expect(Set(keys.map { JSONKeyBytes($0).hashValue }).count > 1000)
        let members = keys.map { "\"\($0)\":0" }.joined(separator: ",")
        #expect(try JSONParser.parse("{\(members)}")[keys[1023]] == 0)
        let (one, other): (JSONValue, JSONValue) = ([keys[0]: 1], [keys[1]: 1])
        #expect(one != other && one.hashValue != other.hashValue)
    }

    @Test("the error says in words what is wrong and where")
    func errorText() {
        let error = JSONParseError(offset: 3, reason: .unexpectedByte(0x5D, expected: "a value"))
        #expect(error.description == "found `]` where a value must stand at byte 3")
    }

    @Test("no input traps: mutated texts are read or refused, and what is read is written and read again the same")
    func mutations() throws {
        var generator = TestRandom(seed: 1)
        let seeds = [
            "{\"type\":\"call.requested\",\"id\":\"a1\",\"payload\":{\"x\":[1,2.5e-3,null,true,{\"y\":\"\\u00e9\\ud83d\\ude00\"}]}}",
            "[\"héllo 😀\", -0.0, 1e22, 123456789012345678, \"\\\\\\\"\", {}, [], [[]]]",
            "  {\"a\" : { \"b\" : [ false , \"tab\\t\" ] } , \"c\":1}  ",
        ].map { Array($0.utf8) }
        for round in 0..<8_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1 where !bytes.isEmpty: bytes.remove(at: place)
                case 2:
                    bytes.insert(
                        Array("{}[]\",:\\u0d8-1eE.tfn \u{7f}".utf8).randomElement(using: &generator) ?? 0,
                        at: min(place, bytes.count))
                default: bytes = Array(bytes.prefix(place))
                }
            }
            let buffer = ByteBuffer(bytes: bytes)
            let skimmed = try? JSONScanner(buffer)
            guard let value = try? JSONParser.parse(buffer) else { continue }
            if case .object(let members) = value {
                let names = try #require(skimmed).members.map(\.key)
                #expect(names == members.keys)
            }
            #expect(try RawJSON(value).value() == value)
            #expect(try JSONParser.parse(value.canonicalBytes()) == value)
            #expect(try JSONCoding.decode(JSONValue.self, from: buffer) == value)
        }
    }

    @Test("random values come back from their text as they were")
    func roundTrip() throws {
        var generator = TestRandom(seed: 2)
        for _ in 0..<3000 {
            let value = generator.value(depth: 4)
            let raw = RawJSON(value)
            #expect(try raw.value() == value)
            #expect(try RawJSON(validating: raw.buffer) == raw)
        }
    }

    @Test("doubles of any bits come back exactly")
    func doubles() throws {
        var generator = TestRandom(seed: 3)
        for _ in 0..<5_000 {
            let double = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator))
            guard double.isFinite else { continue }
            let text = JSONNumber.text(double)
            #expect(try JSONParser.parse(text).doubleValue == double, "\(text)")
            #expect(try JSONCoding.decode(Double.self, from: ByteBuffer(string: text)) == double)
        }
    }
}

/// Random values from a seed.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        // xorshift64*, by S. Vigna, 2016.
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }

    mutating func text() -> String {
        let pool = Array("abcXYZ019 \"\\/\n\t\u{1}é\u{301}😀日\u{fffd}\u{10ffff}~")
        return String((0..<Int.random(in: 0...24, using: &self)).map { _ in pool.randomElement(using: &self) ?? "a" })
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
        case 0: return .null
        case 1: return .bool(.random(using: &self))
        case 2: return .integer(.random(in: .min ... .max, using: &self))
        case 3: return .integer(.random(in: -100...100, using: &self))
        case 4: return .double(.random(in: -1e6...1e6, using: &self))
        case 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0...5, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            var members = JSONObject()
            for _ in 0..<Int.random(in: 0...20, using: &self) { members[text()] = value(depth: depth - 1) }
            return .object(members)
        }
    }
}

import Testing

@testable import CallProtocol

@Suite("JSON values")
struct JSONValueTests {
    @Test("an object keeps the order of its members and is equal to one of another order")
    func objects() {
        let one: JSONValue = ["b": 1, "a": [true, nil], "c": 2.5]
        let other: JSONValue = ["c": 2.5, "a": [true, nil], "b": 1]
        #expect(one.objectValue?.keys == ["b", "a", "c"])
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["b": 1, "a": [true, nil]])
        #expect(one["a"]?[1]?.isNull == true)
        #expect(one["a"]?[7] == nil)
    }

    @Test("members are set, replaced and removed in small and in large objects alike")
    func changes() {
        var object = JSONObject()
        for number in 0..<100 { object["k\(number)"] = .integer(Int64(number)) }
        object["k3"] = "three"
        object["k4"] = nil
        #expect(object.count == 99)
        #expect(object["k3"] == "three")
        #expect(object["k4"] == nil)
        #expect(object["k99"] == 99)
        for number in 5..<100 { object["k\(number)"] = nil }
        #expect(object.keys == ["k0", "k1", "k2", "k3"])
        var value: JSONValue = ["a": ["b": 1]]
        value["a"]?["b"] = 2
        value["x"] = []
        #expect(value == ["a": ["b": 2], "x": []])
        #expect(JSONObject([("a", 1), ("b", 2), ("a", 3)]) == ["a": 3, "b": 2])
    }

    @Test("numbers are equal when they mean the same, exactly")
    func numbers() {
        #expect(JSONValue.integer(3) == .double(3))
        #expect(JSONValue.integer(3).hashValue == JSONValue.double(3).hashValue)
        #expect(JSONValue.integer(.max) != .double(0x1p63))
        #expect(JSONValue.double(3).integerValue == 3)
        #expect(JSONValue.double(3.5).integerValue == nil)
        #expect(JSONValue.integer(.max).compared(to: .double(0x1p63)) == -1)
        #expect(JSONValue.double(0x1p63).compared(to: .integer(.max)) == 1)
        #expect(JSONValue.double(-2.5).compared(to: .integer(-3)) == 1)
        #expect(JSONValue.double(-2.5).compared(to: .integer(-2)) == -1)
        #expect(JSONValue.integer(2).compared(to: 2.0) == 0)
        #expect(JSONValue.integer(2).compared(to: "2") == nil)
    }

    @Test("strings are equal when their bytes are, whatever Swift thinks of their letters")
    func strings() {
        #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    }

    @Test(
        "doubles are written as ECMAScript writes them",
        arguments: [
            (0.0, "0"), (-0.0, "-0.0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (0x1p66, "73786976294838210000"), (1.5e300, "1.5e+300"), (0.000001, "0.000001"),
            (1e-7, "1e-7"), (1.25e-9, "1.25e-9"), (.leastNonzeroMagnitude, "5e-324"), (0x1p53, "9007199254740992"),
            (0.002, "0.002"), (333333333.3333333, "333333333.3333333"), (1e16, "10000000000000000"),
        ] as [(Double, String)])
    func doubleText(value: Double, text: String) {
        #expect(JSONNumber.text(value) == text)
    }

    @Test("a whole double beyond 2^53 comes back as the number it is", arguments: ["-2999999999999999.9e1", "0.3e17"])
    func largeWhole(text: String) throws {
        let value = try JSONParser.parse(text)
        #expect(try RawJSON(value).value() == value)
    }

    @Test("the canonical form sorts keys by UTF-16, keeps numbers short and escapes little")
    func canonical() throws {
        let value = try JSONParser.parse(
            #"{"\u20ac":"Euro","\r":"CR","1":"One","\u0080":"Control","\ud83d\ude00":"Smile","\ufb33":"Hebrew","a":[1.0,-0.0,1e3,"\u000f\/\""]}"#
        )
        let text = String(decoding: value.canonicalBytes(), as: UTF8.self)
        #expect(
            text
                == "{\"\\r\":\"CR\",\"1\":\"One\",\"a\":[1,0,1000,\"\\u000f/\\\"\"],\"\u{80}\":\"Control\","
                + "\"\u{20ac}\":\"Euro\",\"😀\":\"Smile\",\"\u{fb33}\":\"Hebrew\"}")
        #expect(JSONValue.double(7).canonicalBytes() == JSONValue.integer(7).canonicalBytes())
    }

    @Test("equal values have equal canonical bytes, whatever the order of their members")
    func canonicalOfEquals() {
        var generator = TestRandom(seed: 4)
        for _ in 0..<500 {
            guard case .object(let object) = generator.value(depth: 3) else { continue }
            let shuffled = JSONObject(object.members.shuffled(using: &generator).map { ($0.key, $0.value) })
            #expect(JSONValue.object(object).canonicalBytes() == JSONValue.object(shuffled).canonicalBytes())
        }
    }

    @Test("a value shows as its JSON")
    func description() {
        #expect((["a": [1, nil, "x\ny"]] as JSONValue).description == #"{"a":[1,null,"x\ny"]}"#)
        #expect(JSONValue.double(.infinity).description == "null")
    }
}

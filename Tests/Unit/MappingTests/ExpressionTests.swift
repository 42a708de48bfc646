import CallProtocol
import Testing

@testable import Mapping

@Suite("Expressions of mappings")
struct ExpressionTests {
    private static let names: [String: JSONValue] = [
        "pod": [
            "id": "p1", "gpu": ["count": 2, "memory": 24], "price": "0.74", "ports": [22, 80], "gone": nil,
            "tags": ["b": 1, "a": "x"], "odd name": true,
        ],
        "list": ["a", "b", nil], "zero": 0,
    ]

    private func value(_ text: String) throws(ExpressionError) -> JSONValue {
        try Expression(text).value(Self.names)
    }

    @Test(
        "what each of them means",
        arguments: [
            ("pod.id", "p1"), ("pod.gpu.count * 2 + 1", 5), ("pod.price * pod.gpu.count", 1.48), ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9), ("10 / 4", 2.5), ("10 / 5", 2), ("7 % 4", 3), ("1 / zero", nil), ("-pod.gpu.count", -2),
            ("pod.nothing.at.all", nil), ("pod.nothing * 2 + 1", nil), ("pod.gone ?? 'x'", "x"), ("nowhere ?? 3", 3),
            ("pod.ports[1]", 80), ("pod.ports[7]", nil), ("pod['odd name']", true), ("pod.tags['a']", "x"),
            ("1 < 2 && 2 <= 2", true), ("pod.price > 0.7", true), ("null < 1", false), ("null == null", true),
            ("'10' == 10", false), ("!(1 == 1)", false), ("pod.gone == null ? 'no' : 'yes'", "no"),
            ("false || pod.gone", false), ("22 in pod.ports", true), ("'a' in pod.tags", true), ("'p' in pod.id", true),
            ("5 in nowhere", false), ("'a' + 'b' + \"'\"", "ab'"), ("[1, 2] + [3]", [1, 2, 3]), ("[1, [2]][1][0]", 2),
            ("{'a': 1, pod.id: 2}", ["a": 1, "p1": 2]), ("2 * GiB", 2_147_483_648), ("3 * hour", 10_800),
            ("1_000 + 0.5", 1_000.5), ("first(list)", "a"), ("last([1, 2])", 2), ("first([])", nil),
            ("size(list)", 3), ("size('abc')", 3), ("values(pod.tags)", [1, "x"]), ("keys(pod.tags)", ["b", "a"]),
            ("values(nowhere)", nil), ("number('0x10')", nil), ("number('nan')", nil), ("{'a': nowhere}", [:]),
            ("merge({'a': 1}, null, {'a': 2})", ["a": 2]), ("present(list)", ["a", "b"]),
            ("last(split('Kyiv, UA', ', '))", "UA"), ("join([1, 'b'], '-')", "1-b"), ("upper(lower('Ab'))", "AB"),
            ("trim('  x ')", "x"), ("replace('a_b', '_', ' ')", "a b"), ("contains('abc', 'b')", true),
            ("startsWith('abc', 'ab') && !endsWith('abc', 'ab')", true), ("number('1.5') * 2", 3), ("number('x')", nil),
            ("string(4)", "4"), ("min(3, null, '2')", 2), ("max(1, 5.5)", 5.5), ("round(2.5)", 3), ("floor(2.9)", 2),
            ("ceil(2.1)", 3), ("time('1970-01-02T00:00:00Z')", 86_400),
            ("shell(['sh', 'a b', \"it's\", ''])", "sh 'a b' 'it'\\''s' ''"),
            ("pairs({'A': 1, 'B': 'x=y', 'C': nowhere})", ["A=1", "B=x=y"]), ("pairs({})", []), ("pairs(nowhere)", nil),
            ("base64('hi')", "aGk="), ("'\\'\\n\\\\'", "'\n\\"), ("lower(nowhere)", nil), ("true ? 1 : 2 ? 3 : 4", 1),
        ] as [(String, JSONValue)])
    func values(_ text: String, _ expected: JSONValue) throws {
        let found = try value(text)
        #expect(found == expected)
    }

    @Test(
        "what is none says where",
        arguments: [
            ("", "a value should stand here, and not the end at character 1"), ("1 +", "at character 4"),
            ("a b", "should end, and not `b` at character 3"), ("(1", "`)` should stand here"),
            ("a.", "name should stand"),
            ("a.1", "name should stand"), ("'x", "does not end"), ("1.2.3", "`1.2.3` at character 1 is no number"),
            ("a ? b", "`:` should stand here"), ("a # b", "`#` at character 3"), ("lenght(a)", "no function `lenght`"),
            ("splitt(a, b)", "did you mean `split`?"), ("split(a)", "split takes 2 arguments, not 1"),
            ("min()", "1 to 16 arguments, not 0"), ("in a", "has nothing before it"),
            ("{'a' 1}", "`:` should stand here"),
            (String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100), "deeper than 64"),
            (String(repeating: "!", count: 100) + "true", "deeper than 64"),
            (String(repeating: "1+", count: 200) + "1", "more than 64"),
            ("a" + String(repeating: ".a", count: 200), "path"),
            (String(repeating: "x", count: 5_000), "longer than 4096"),
            ("1" + String(repeating: "*1*1+1", count: 300), "more than 512 words"),
        ])
    func refusals(_ text: String, _ reason: String) {
        let error = #expect(throws: ExpressionError.self) { try Expression(text) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(
        "a value of the wrong kind is told",
        arguments: [
            ("pod * 2", "`*` takes numbers, not an object"), ("'x' - 1", "`-` takes numbers, not a string"),
            ("1 && true", "`&&` takes true or false, not an integer"), ("pod.id ? 1 : 2", "`?` takes true or false"),
            ("first(pod)", "first takes a list, not an object"), ("values([1])", "values takes an object"),
            ("pairs([1])", "pairs takes an object, not an array"), ("pairs({'a': [1]})", "what pairs takes is a text"),
            ("upper([1])", "what upper takes is a text, not an array"), ("pod[true]", "an element is chosen by"),
            ("1 in 2", "nothing can be in an integer"), ("size(1)", "size takes a list"),
            ("split('a', '')", "a mark that is not empty"),
            ("[1] < [2]", "takes numbers"),
            ("{[1]: 2}", "a member's name is a text"),
            (
                "replace(replace(replace('aaaaaaaaaaaaaaaa', 'a', '\(String(repeating: "a", count: 500))'), 'a', '\(String(repeating: "a", count: 500))'), 'a', 'bb')",
                "more than 1 MiB"
            ),
        ])
    func kinds(_ text: String, _ reason: String) {
        let error = #expect(throws: ExpressionError.self) { try value(text) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("the names that an expression needs are known before it is used")
    func names() throws {
        let expression = try Expression("a.b + first(c)[d] * GiB + (x ?? true ? 1 : null)")
        #expect(expression.names == ["a", "c", "d", "x"])
    }

    @Test("a template keeps what a value is, leaves out what is null, and writes the rest into its texts")
    func templates() throws {
        let template = try Template([
            "name": "capstan-${pod.id}-${pod.gpu.count}", "count": "${pod.gpu.count}", "gone": "${pod.gone}",
            "plain": 7,
            "list": ["${pod.gone}", "${pod.ports[0]}", "x"], "object": "${{'a': pod.id}}", "dollar": "$${x} costs $5",
            "empty": "a${pod.gone}b", "deep": ["nil": nil],
        ])
        #expect(template.names == ["pod"])
        #expect(
            try template.value(Self.names) == [
                "name": "capstan-p1-2", "count": 2, "plain": 7, "list": [22, "x"], "object": ["a": "p1"],
                "dollar": "${x} costs $5", "empty": "ab", "deep": [:],
            ])
        let unclosed = #expect(throws: ExpressionError.self) { try Template(["a": ["b": "x${pod"]]) }
        #expect(unclosed?.reason == "a.b: `${` has no `}`")
        let wrong = #expect(throws: ExpressionError.self) { try Template(["a": "${1 +}"]) }
        #expect(wrong?.reason.contains("a: a value should stand here") == true)
        let mixed = try Template(["a": "x${pod.gpu}"])
        #expect(throws: ExpressionError.self) { try mixed.value(Self.names) }
    }
}

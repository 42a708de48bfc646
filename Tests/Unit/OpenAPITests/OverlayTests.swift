import CallProtocol
import Testing

@testable import OpenAPI

@Suite("Overlays, paths and differences")
struct OverlayTests {
    private static let document: JSONValue = [
        "info": ["title": "t"], "tags": ["a", "b"],
        "paths": [
            "/a": ["get": ["operationId": "x", "deprecated": true, "n": 3], "put": ["operationId": "y", "n": 5]],
            "/b b": ["get": ["operationId": "z", "parameters": [["name": "p"], ["name": "q"]]]],
        ],
    ]

    private func found(_ path: String) throws -> [String] {
        try JSONPath(path).matches(in: Self.document).map { steps in
            steps.map { step in
                switch step {
                case .name(let name): name
                case .index(let index): "\(index)"
                }
            }.joined(separator: ".")
        }
    }

    @Test(
        "what paths mean",
        arguments: [
            ("$", [""]), ("$.info.title", ["info.title"]), ("$['paths']['/b b'].get", ["paths./b b.get"]),
            ("$.paths.*", ["paths./a", "paths./b b"]), ("$.tags[-1]", ["tags.1"]), ("$.tags[0:1]", ["tags.0"]),
            ("$.tags[::-1]", ["tags.1", "tags.0"]), ("$..title", ["info.title"]),
            ("$.paths.*.*[?@ == 'x']", ["paths./a.get.operationId"]),
            ("$.paths.*[?@.operationId == 'y']", ["paths./a.put"]), ("$.paths.*[?@.deprecated]", ["paths./a.get"]),
            ("$.paths.*[?!@.deprecated]", ["paths./a.put", "paths./b b.get"]),
            ("$.paths.*[?(@.n > 3 || @.n < 1) && @.operationId != 'q']", ["paths./a.put"]),
            ("$..parameters[?@.name=='q']", ["paths./b b.get.parameters.1"]),
            ("$.paths['/a', '/b b'].get", ["paths./a.get", "paths./b b.get"]),
            ("$.nothing", []), ("$.tags[7]", []), ("$.paths.*[?@.n >= $.paths['/a'].put.n]", ["paths./a.put"]),
        ] as [(String, [String])])
    func paths(_ path: String, _ expected: [String]) throws { #expect(try found(path) == expected) }

    @Test(
        "what is no path is refused",
        arguments: ["", "a", "$.", "$[", "$['a", "$[?]", "$.a b", "$[?@.a == ]", "$[?length(@) > 1]", "$[?1]"])
    func refused(_ path: String) { #expect(throws: JSONPathError.self) { try JSONPath(path) } }

    @Test("a path that is nested without end is refused, and one that finds much is bounded")
    func bounds() throws {
        #expect(throws: JSONPathError.self) { try JSONPath("$" + String(repeating: "[?@", count: 5_000)) }
        #expect(throws: JSONPathError.self) { try JSONPath("$[?" + String(repeating: "(", count: 5_000)) }
        #expect(throws: JSONPathError.self) { try JSONPath("$[?" + String(repeating: "!", count: 5_000)) }
        var value: JSONValue = 1
        for _ in 0..<100 { value = ["a": value] }
        #expect(try JSONPath("$..*..*..*").matches(in: value).count <= 100_000)
    }

    private func overlay(_ actions: String) throws -> Overlay {
        try Overlay(Array("overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions: \(actions)".utf8), file: "o.yaml")
    }

    @Test("actions merge, append, replace and remove, one after the other; a target that is not there is told")
    func actions() throws {
        let overlay = try overlay(
            """

              - {target: $.info, update: {title: new, more: {x: 1}}}
              - {target: $.tags, update: [c]}
              - {target: "$.paths.*[?@.deprecated]", update: {deprecated: false}}
              - {target: "$..parameters[*]", remove: true}
              - {target: $.gone.away, update: {a: 1}}
              - {target: "$.paths['/a'].put", remove: true}
            """)
        let (value, unmatched) = overlay.applied(to: Self.document)
        #expect(value["info"] == ["title": "new", "more": ["x": 1]])
        #expect(value["tags"] == ["a", "b", "c"])
        #expect(
            value["paths"] == [
                "/a": ["get": ["operationId": "x", "deprecated": false, "n": 3]],
                "/b b": ["get": ["operationId": "z", "parameters": []]],
            ])
        #expect(unmatched == ["$.gone.away"])
    }

    @Test(
        "what is no overlay is refused in words",
        arguments: [
            ("actions: []", "no `overlay: 1.0.0`"), ("overlay: 1.0.0", "no list of `actions`"),
            ("overlay: 1.0.0\nactions: [{update: {}}]", "action 1 has no `target`"),
            ("overlay: 1.0.0\nactions: [{target: $}]", "neither `update` nor `remove"),
            ("overlay: 1.0.0\nactions: [{target: 'a', remove: true}]", "must begin with `$`"),
        ])
    func noOverlay(_ text: String, _ words: String) {
        do {
            _ = try Overlay(Array(text.utf8), file: "o.yaml")
            Issue.record("it was read")
        } catch { #expect(error.description.contains(words), "\(error)") }
    }

    @Test("what another edition changes, by operation, in words")
    func differences() throws {
        let old = try Small.paths(
            """
              /a: {get: {operationId: a, parameters: [{name: x, in: query, schema: {type: string}}, {name: z, in: query, schema: {}}]}}
              /b: {get: {operationId: b}}
              /c: {get: {operationId: c, responses: {'200': {content: {application/json: {schema: {type: string}}}}}}}
              /d: {post: {operationId: d, requestBody: {content: {application/json: {schema: {type: string}}}}}}
              /same: {get: {operationId: same}}
            """)
        let new = try Small.paths(
            """
              /same: {get: {operationId: same, description: other words}}
              /a2: {get: {operationId: a, parameters: [{name: x, in: query, required: true, schema: {type: string}}, {name: y, in: query, schema: {}}]}}
              /c: {get: {operationId: c, responses: {'200': {content: {application/json: {schema: {type: integer}}}}}}}
              /d: {post: {operationId: d, requestBody: {content: {application/json: {schema: {type: integer}}}}}}
              /e: {get: {operationId: e}}
            """)
        let diff = DocumentDiff(from: old, to: new)
        #expect(diff.added == ["e"] && diff.removed == ["b"])
        #expect(
            diff.changed == [
                .init(
                    name: "a", details: ["path: /a2, was /a", "now needed: query.x", "new: query.y", "gone: query.z"]),
                .init(name: "c", details: ["the form of its answers"]),
                .init(name: "d", details: ["the form of its input"]),
            ])
        #expect(DocumentDiff(from: old, to: old).isEmpty)
    }
}

import CallProtocol
import Operations
import TestKit
import Testing

@testable import OpenAPI

@Suite("Bodies on the wire")
struct BodyTests {
    private func document(_ content: String, method: String = "post", required: Bool = false) throws -> ImportedDocument
    {
        try Small.paths("  /x: {\(method): {requestBody: {required: \(required), content: {\(content)}}}}\n")
    }

    @Test(
        "JSON as it is: an explicit {} is one, what is absent is not there, defaults are never sent, null only where it is said"
    )
    func json() throws {
        let schema =
            "{type: object, properties: {a: {type: integer, default: 7}, b: {type: string, nullable: true, default: x}}}"
        let document = try document("application/vnd.x+json: {schema: \(schema)}")
        let empty = try Small.request(document, ["body": [:]])
        #expect(Small.text(empty.body) == "{}" && empty.header("content-type") == "application/vnd.x+json")
        let none = try Small.request(document)
        #expect(none.body == nil && none.header("Content-Type") == nil)
        #expect(Small.text(try Small.request(document, ["body": ["b": nil]]).body) == #"{"b":null}"#)
        #expect(Small.refusal(document, ["body": ["a": nil]]).contains("body.a: expected a whole number, found null"))
        #expect(
            Small.refusal(try self.document("application/json: {schema: {}}", required: true)).contains(
                "body: is required"))
    }

    @Test("a body goes with any method, DELETE too")
    func deletion() throws {
        let document = try document("application/json: {schema: {type: object}}", method: "delete")
        let request = try Small.request(document, ["body": ["ids": [1]]])
        #expect(request.method == "DELETE" && Small.text(request.body) == #"{"ids":[1]}"#)
    }

    @Test("what only the other side may set is taken out, also deep down, and not asked for")
    func readOnly() throws {
        let document = try Small.document(
            """
            openapi: 3.0.3
            servers: [{url: 'https://a.example'}]
            paths: {/x: {put: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pod'}}}}}}}
            components:
              schemas:
                Stamp: {type: string, readOnly: true}
                Base: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}
                Pod:
                  allOf: [{$ref: '#/components/schemas/Base'}]
                  type: object
                  additionalProperties: true
                  required: [name, made]
                  properties:
                    name: {type: string}
                    made: {$ref: '#/components/schemas/Stamp'}
                    disks: {type: array, items: {type: object, properties: {serial: {type: string, readOnly: true}, size: {type: integer}}}}
            """)
        let request = try Small.request(
            document, ["body": ["id": "p", "name": "n", "made": "now", "disks": [["serial": "s", "size": 1]]]])
        #expect(Small.text(request.body) == #"{"name":"n","disks":[{"size":1}]}"#)
    }

    @Test("forms, with lists, objects and the document's own encoding")
    func form() throws {
        let document = try document(
            """
            application/x-www-form-urlencoded:
                {schema: {type: object}, encoding: {d: {style: deepObject}, c: {explode: false}, f: {style: form}}}
            """)
        let request = try Small.request(
            document,
            [
                "body": [
                    "a": "x y&z", "l": [1, 2], "o": ["k": "v"], "d": ["k": "v"], "c": [1, 2],
                    "f": ["k": 1, "m": "x y"], "n": nil,
                ]
            ])
        #expect(
            Small.text(request.body) == "a=x%20y%26z&l=1&l=2&o=%7B%22k%22%3A%22v%22%7D&d%5Bk%5D=v&c=1,2&k=1&m=x%20y")
        #expect(request.header("content-type") == "application/x-www-form-urlencoded")
    }

    @Test("parts: files as bytes, objects as JSON, names that would break out are kept in")
    func multipart() throws {
        let document = try document(
            """
            multipart/form-data:
                {schema: {type: object, properties: {f: {type: string, format: binary}, t: {type: string}, o: {type: object}, m: {type: array, items: {type: string, format: binary}}}},
                 encoding: {t: {contentType: text/markdown}}}
            """)
        let request = try Small.request(
            document,
            [
                "body": [
                    "f": ["base64": "AAH/", "filename": "a\"b\r\nc", "contentType": "image/png"], "t": "# hi",
                    "o": ["k": 1],
                    "m": ["one", "two"],
                ]
            ])
        let expected: [UInt8] =
            Array(
                "--BOUNDARY\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a%22b%0D%0Ac\"\r\nContent-Type: image/png\r\n\r\n"
                    .utf8) + [0, 1, 255]
            + Array(
                "\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"t\"\r\nContent-Type: text/markdown\r\n\r\n# hi\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"o\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"m\"; filename=\"m\"\r\nContent-Type: application/octet-stream\r\n\r\none\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"m\"; filename=\"m\"\r\nContent-Type: application/octet-stream\r\n\r\ntwo\r\n--BOUNDARY--\r\n"
                    .utf8)
        #expect(request.body == expected)
        #expect(request.header("content-type") == "multipart/form-data; boundary=BOUNDARY")
        #expect(Small.refusal(document, ["body": ["f": ["base64": "***"]]]).contains("body.f.base64: is no base64"))
        #expect(
            Small.refusal(document, ["body": ["f": ["base64": "AA==", "contentType": "a\r\nb"]]]).contains(
                "contentType"))
    }

    @Test("bytes and texts", arguments: WireCases.texts)
    func bytes(_ type: String, _ value: JSONValue, _ sent: String, _ bytes: [UInt8]) throws {
        let request = try Small.request(try document("\(type): {schema: {}}"), ["body": value])
        #expect(request.body == bytes && request.header("content-type") == sent)
    }

    @Test("of several forms JSON is taken, unless another is asked for")
    func several() throws {
        let document = try document("text/plain: {schema: {type: string}}, application/json: {schema: {type: object}}")
        #expect(try Small.request(document, ["body": ["a": 1]]).header("content-type") == "application/json")
        let text = try Small.request(document, ["body": "x", "contentType": "text/plain"])
        #expect(text.header("content-type") == "text/plain" && Small.text(text.body) == "x")
        #expect(
            Small.refusal(document, ["body": "x", "contentType": "image/png"]).contains("contentType: must be one of"))
    }

    @Test("Swagger 2.0: a body, a form, a file")
    func swagger() throws {
        func read(_ operation: String) throws -> ImportedDocument {
            try Small.document(
                "swagger: '2.0'\nhost: a.example\nconsumes: [application/json, text/plain]\npaths: {/x: {post: {\(operation)}}}\n"
            )
        }
        let body = try read("parameters: [{name: anything, in: body, required: true, schema: {type: object}}]")
        #expect(Small.text(try Small.request(body, ["body": ["a": 1]]).body) == #"{"a":1}"#)
        let form = try read(
            "parameters: [{name: a, in: formData, type: string}, {name: l, in: formData, type: array, items: {type: integer}, collectionFormat: multi}]"
        )
        #expect(Small.text(try Small.request(form, ["body": ["a": "x", "l": [1, 2]]]).body) == "a=x&l=1&l=2")
        let file = try read(
            "consumes: [multipart/form-data], parameters: [{name: f, in: formData, type: file, required: true}]")
        #expect(
            try Small.request(file, ["body": ["f": ["base64": "AA=="]]]).header("content-type")?.hasPrefix(
                "multipart/form-data") == true)
        let raw = try read(
            "consumes: [application/x-tar], parameters: [{name: f, in: body, schema: {type: string, format: binary}}]")
        #expect(try Small.request(raw, ["body": ["base64": "AA=="]]).body == [0])
    }
}

import CallProtocol

/// A document of about 4 MB as large providers have them: operations with parameters, bodies and answers, and schemas that
/// refer to each other in circles of 71.
enum LargeDocument {
    private static let schemas = 2_130
    private static let circle = 71
    private static let operations = 1_200
    private static let text =
        "What this is, in a sentence or two as documents have them, so that the text weighs what it weighs there. "

    static var value: JSONValue {
        var components = JSONObject()
        for number in 0..<schemas { components["Thing\(number)"] = schema(number) }
        var paths = JSONObject()
        for number in 0..<operations { paths["/v1/things\(number)/{id}"] = path(number) }
        return [
            "openapi": "3.0.3", "info": ["title": "Large", "version": "1"],
            "servers": [["url": "https://large.example"]],
            "paths": .object(paths), "components": ["schemas": .object(components)],
        ]
    }

    private static func reference(_ number: Int) -> JSONValue {
        ["$ref": .string("#/components/schemas/Thing\(number)")]
    }

    private static func schema(_ number: Int) -> JSONValue {
        let first = number / circle * circle
        let next = first + (number - first + 1) % circle
        return [
            "type": "object", "description": .string(text), "required": ["id", "name"],
            "properties": [
                "id": ["type": "string", "readOnly": true, "format": "uuid", "description": .string(text)],
                "name": ["type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-z][a-z0-9-]*$"],
                "count": ["type": "integer", "minimum": 0, "exclusiveMinimum": true, "description": .string(text)],
                "kind": ["type": "string", "enum": ["small", "medium", "large"], "nullable": true],
                "next": reference(next),
                "others": ["type": "array", "items": reference(first + (number * 7) % circle)],
                "either": ["oneOf": [reference(next), ["type": "string"]]],
                "labels": ["type": "object", "additionalProperties": ["type": "string"]],
            ],
        ]
    }

    private static func path(_ number: Int) -> JSONValue {
        let answers: JSONValue = [
            "200": ["description": .string(text), "content": ["application/json": ["schema": reference(number)]]],
            "4XX": ["description": "wrong", "content": ["application/problem+json": ["schema": ["type": "object"]]]],
        ]
        return [
            "parameters": [["name": "id", "in": "path", "required": true, "schema": ["type": "string"]]],
            "get": [
                "operationId": .string("getThing\(number)"), "summary": .string(text),
                "parameters": [["name": "limit", "in": "query", "schema": ["type": "integer"]]], "responses": answers,
            ],
            "put": [
                "operationId": .string("putThing\(number)"), "summary": .string(text),
                "requestBody": ["content": ["application/json": ["schema": reference(number)]]], "responses": answers,
            ],
        ]
    }
}

package import CallProtocol
package import Operations

/// What the input of an operation looks like: the parameters by where they go, each kind in an object of its own, and the
/// body. So no name of one can be taken for a name of another.
package enum InputShape {
    /// ```json
    /// {"path": {"podId": "p1"}, "query": {"limit": 5}, "body": {"name": "x"}}
    /// ```
    package static func schema(of operation: ImportedOperation) -> JSONSchema {
        var words = JSONSchemaKeywords()
        words.types = [.object]
        words.additionalProperties = .nothing
        for location in Parameter.Location.allCases {
            let parameters = operation.parameters.filter { $0.location == location }
            guard !parameters.isEmpty else { continue }
            let group = group(of: parameters)
            words.properties.append(.init(name: location.rawValue, schema: group))
            if !group.keywords.required.isEmpty { words.required.append(location.rawValue) }
        }
        if let body = operation.body {
            words.properties.append(.init(name: "body", schema: self.body(body)))
            if body.isRequired { words.required.append("body") }
            if body.forms.count > 1 {
                words.properties.append(
                    .init(
                        name: "contentType",
                        schema: .enumeration(body.forms.map(\.mediaType))
                            .describe("The form of the body; the first where it is not said")))
            }
        }
        return JSONSchema(words)
    }

    private static func group(of parameters: [Parameter]) -> JSONSchema {
        var words = JSONSchemaKeywords()
        words.types = [.object]
        words.additionalProperties = .nothing
        for parameter in parameters {
            var schema = parameter.schema
            if let summary = parameter.summary, schema.keywords.description == nil { schema = schema.describe(summary) }
            words.properties.append(.init(name: parameter.name, schema: schema))
            if parameter.isRequired, parameter.fallback == nil { words.required.append(parameter.name) }
        }
        return JSONSchema(words)
    }

    private static func body(_ body: RequestBody) -> JSONSchema {
        var seen: [JSONSchema] = []
        for form in body.forms where !seen.contains(form.schema) { seen.append(form.schema) }
        return seen.count == 1 ? seen[0] : .anyOf(seen)
    }

    /// What is wrong with an input, for whoever sent it.
    /// - Throws: `INVALID_INPUT` with the fields and the reasons.
    package static func check(
        _ input: JSONValue, against schema: JSONSchema, _ table: SchemaTable, operation: String
    ) throws(CallError) {
        let violations = schema.validate(input, with: table)
        guard violations.isEmpty else {
            throw CallError(
                .invalidInput, "\(operation): " + violations.map(\.description).joined(separator: "; "),
                details: ["violations": .array(violations.map { .string($0.description) })])
        }
    }
}

package import CallProtocol
package import Operations

/// Makes requests of inputs. Pure: the same input gives the same bytes, but for a form's boundary.
package struct RequestBuilder: Sendable {
    package let operation: ImportedOperation
    /// What an input must be.
    package let schema: JSONSchema
    private let table: SchemaTable
    private let template: PathTemplate

    package init(_ operation: ImportedOperation, _ table: SchemaTable) {
        self.operation = operation
        self.table = table
        schema = InputShape.schema(of: operation)
        template = PathTemplate(operation.path)
    }

    /// - Parameter boundary: parts the parts of a form; must not stand in them.
    /// - Throws: `INVALID_INPUT` that names the field and the reason, before anything is sent; `FAILED_PRECONDITION` for an
    ///   operation that cannot be called.
    package func request(_ input: JSONValue, boundary: String) throws(CallError) -> OutgoingRequest {
        if let fault = operation.fault {
            throw CallError(.failedPrecondition, "\(operation.name) cannot be called: \(fault)")
        }
        guard let server = operation.server else {
            throw CallError(.failedPrecondition, "\(operation.name) has no server")
        }
        let input = ReadOnlyFields.dropped(from: input, schema, table)
        try InputShape.check(input, against: schema, table, operation: operation.name)
        var headers: [OutgoingRequest.Header] = []
        try addHeaders(input, to: &headers)
        headers.append(.init("Accept", AcceptHeader.text(operation)))
        var body: [UInt8]?
        if let value = input["body"], let declared = operation.body {
            let form = try form(declared, value, input["contentType"]?.stringValue)
            let made = try BodyWriter(form: form, boundary: boundary, operation: operation.name).bytes(value)
            headers.append(.init("Content-Type", made.contentType))
            body = made.bytes
        }
        let query = query(input)
        return OutgoingRequest(
            method: operation.method, origin: server.origin,
            target: server.basePath + (try path(input)) + (query.isEmpty ? "" : "?" + query), headers: headers,
            body: body)
    }

    /// The form that is asked for, else the first that the value fits.
    private func form(_ body: RequestBody, _ value: JSONValue, _ mediaType: String?) throws(CallError) -> BodyForm {
        // Of one form the whole input was checked already.
        if body.forms.count == 1 { return body.forms[0] }
        let forms = body.forms.filter { mediaType == nil || $0.mediaType == mediaType }
        if let fitting = forms.first(where: { $0.schema.validate(value, with: table).isEmpty }) { return fitting }
        let form = forms.first ?? body.forms[0]
        let violation = form.schema.validate(value, with: table).first
        let place = violation.map { $0.path.isEmpty || $0.path.hasPrefix("[") ? "body\($0.path)" : "body.\($0.path)" }
        throw wrong(place ?? "body", "\(violation?.message ?? "does not fit"), to be sent as \(form.mediaType)")
    }

    /// Whether a value of a parameter is valid.
    package func accepts(_ value: JSONValue, for parameter: Parameter) -> Bool {
        parameter.schema.validate(value, with: table).isEmpty
    }

    private func value(_ parameter: Parameter, _ input: JSONValue) -> JSONValue? {
        guard let value = input[parameter.location.rawValue]?[parameter.name] ?? parameter.fallback,
            !value.isNull
        else { return nil }
        return parameter.isJSON ? .string(value.description) : value
    }

    private func path(_ input: JSONValue) throws(CallError) -> String {
        var segments: [String] = []
        for segment in template.path.split(separator: "/", omittingEmptySubsequences: false) {
            let parts = PathTemplate.parts(segment)
            var text = ""
            var names: [String] = []
            for part in parts {
                switch part {
                case .literal(let literal): text += Percent.encoded(literal, allowing: .segment)
                case .parameter(let name):
                    names.append(name)
                    guard
                        let parameter = operation.parameters.first(where: { $0.location == .path && $0.name == name }),
                        let value = value(parameter, input)
                    else { throw wrong("path.\(name)", "is required and missing") }
                    text += Self.segment(parameter, value)
                }
            }
            guard let first = names.first else {
                segments.append(text)
                continue
            }
            for piece in text.split(separator: "/", omittingEmptySubsequences: false) {
                guard !piece.isEmpty, piece != ".", piece != ".." else {
                    throw wrong("path.\(first)", "must not make a segment of the path that is empty, `.` or `..`")
                }
            }
            segments.append(text)
        }
        return segments.joined(separator: "/")
    }

    private static func segment(_ parameter: Parameter, _ value: JSONValue) -> String {
        guard parameter.spansSegments, let text = value.stringValue else {
            return ParameterText(parameter).segment(value)
        }
        return text.split(separator: "/", omittingEmptySubsequences: false).map { Percent.encoded($0) }.joined(
            separator: "/")
    }

    private func query(_ input: JSONValue) -> String {
        var pairs: [String] = operation.fixedQuery.map { [$0] } ?? []
        for parameter in operation.parameters where parameter.location == .query {
            guard let value = value(parameter, input) else { continue }
            pairs += ParameterText(parameter).pairs(value).map { "\($0.name)=\($0.value)" }
        }
        return pairs.joined(separator: "&")
    }

    private func addHeaders(_ input: JSONValue, to headers: inout [OutgoingRequest.Header]) throws(CallError) {
        var cookies: [String] = []
        for parameter in operation.parameters {
            guard let value = value(parameter, input) else { continue }
            switch parameter.location {
            case .header:
                let text = ParameterText(parameter).header(value)
                guard HeaderText.isValue(text) else {
                    throw wrong("header.\(parameter.name)", "has a character that no header can have")
                }
                headers.append(.init(parameter.name, text))
            case .cookie: cookies += ParameterText(parameter).pairs(value).map { "\($0.name)=\($0.value)" }
            case .path, .query: continue
            }
        }
        if !cookies.isEmpty { headers.append(.init("Cookie", cookies.joined(separator: "; "))) }
    }

    private func wrong(_ field: String, _ reason: String) -> CallError {
        let said = "\(field): \(reason)"
        return CallError(.invalidInput, "\(operation.name): \(said)", details: ["violations": [.string(said)]])
    }
}

package import CallProtocol

/// What is public about an operation: its name, kind, schemas and access rule.
package struct OperationDescriptor: Sendable {
    /// `namespace/verb`, without a leading slash.
    package var name: String
    package var kind: OperationKind
    package var visibility: Visibility
    package var carriage: Carriage
    package var access: AccessRule
    /// Where the audit log finds what a call was about; nil where it is about no one thing.
    package var subject: AuditSubject?
    /// Whether a session of it only passes the bytes of a connection on: it needs no other thread than that of its stream, and goes over
    /// bulk links.
    package var isRelay: Bool
    /// Bytes of the input, at most; a longer one is `INVALID_INPUT`.
    package var inputLimit: Int
    /// The time a call has when its caller sets none, in milliseconds; nil for none.
    package var defaultDeadlineMs: Int64?
    package var summary: String
    package var description: String
    package var input: JSONSchema
    package var output: JSONSchema
    package var errors: [DeclaredError]
    package var examples: [OperationExample]

    /// Room for the longest command line that Linux takes, written as JSON.
    package static let commonInputLimit = 4 << 20

    /// What a call was about, as its input or its answer says; nil where neither can be read.
    package func subject(input: RawJSON?, output: RawJSON? = nil) -> String? {
        switch subject {
        case .input(let path): Self.member(path, of: input)
        case .output(let path): Self.member(path, of: output)
        case .address: Self.address(in: input)
        case nil: nil
        }
    }

    private static func member(_ path: String, of json: RawJSON?) -> String? {
        (try? json?.read())?.node?.member(path)?.string
    }

    private static func address(in json: RawJSON?) -> String? {
        guard let node = (try? json?.read())?.node, let host = node.member("host")?.string,
            let port = node.member("port")?.integer
        else { return nil }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The descriptor as `operation/show` gives it.
    package var json: JSONValue {
        var value: JSONValue = [
            "name": .string(name), "kind": .string(kind.rawValue), "visibility": .string(visibility.rawValue),
            "carriage": .string(carriage.rawValue), "scope": .string(access.scope), "summary": .string(summary),
            "description": .string(description), "input": input.json, "output": output.json,
            "errors": .array(errors.map(\.json)), "examples": .array(examples.map(\.json)),
        ]
        if let resource = access.resource {
            value["resource"] = ["kind": .string(resource.kind), "path": .string(resource.path)]
        }
        return value
    }
}

/// An error code of the operation's own.
package struct DeclaredError: Sendable, Hashable {
    package var code: ErrorCode
    package var summary: String
    package var httpStatus: Int?

    package init(_ code: ErrorCode, _ summary: String, httpStatus: Int? = nil) {
        self.code = code
        self.summary = summary
        self.httpStatus = httpStatus
    }

    var json: JSONValue {
        var value: JSONValue = ["code": .string(code.rawValue), "summary": .string(summary)]
        if let httpStatus { value["httpStatus"] = .integer(Int64(httpStatus)) }
        return value
    }
}

/// An input worth showing, with what it does.
package struct OperationExample: Sendable, Hashable {
    package var summary: String
    package var input: JSONValue

    package init(_ summary: String, _ input: JSONValue) {
        self.summary = summary
        self.input = input
    }

    var json: JSONValue { ["summary": .string(summary), "input": input] }
}

package import CallProtocol

/// A type that travels as JSON and says its own schema; a test proves that the two agree.
package protocol Described: Codable, Sendable {
    static var schema: JSONSchema { get }
}

/// One thing that can be asked, with the Swift types of its input and output.
package struct Operation<Input: Described, Output: Described>: Sendable {
    package let descriptor: OperationDescriptor

    /// - Parameters:
    ///   - scope: the right it takes; left out, the name with a colon (`host:facts`).
    ///   - carriage: for sessions; the other kinds are always `json`.
    ///   - subject: what the audit log says it was about; left out, the resource.
    ///   - isRelay: whether a session of it only passes the bytes of a connection on.
    ///   - inputLimit: bytes of the input, at most.
    ///   - deadlineMs: the time a call has when its caller sets none; left out, what is usual for its kind.
    package init(
        _ name: String, _ kind: OperationKind, visibility: Visibility = .external, carriage: Carriage? = nil,
        scope: String? = nil, resource: AccessRule.Resource? = nil, subject: AuditSubject? = nil,
        isRelay: Bool = false, inputLimit: Int = OperationDescriptor.commonInputLimit, deadlineMs: Int64? = nil,
        summary: String,
        description: String = "",
        errors: [DeclaredError] = [], examples: [OperationExample] = []
    ) {
        descriptor = OperationDescriptor(
            name: name, kind: kind, visibility: visibility,
            carriage: carriage ?? (kind == .session ? .raw : .json),
            access: AccessRule(scope: scope ?? Self.scope(of: name), resource: resource),
            subject: subject ?? resource.map { .input($0.path) }, isRelay: isRelay, inputLimit: inputLimit,
            defaultDeadlineMs: deadlineMs ?? kind.defaultDeadlineMs, summary: summary,
            description: description, input: Input.schema, output: Output.schema, errors: errors, examples: examples)
    }

    package var name: String { descriptor.name }

    private static func scope(of name: String) -> String {
        String(name.map { $0 == "/" ? ":" : $0 })
    }
}

/// An input or output without members.
package struct Empty: Described, Hashable {
    package static let schema = JSONSchema.object([:], required: [])

    package init() {}
}

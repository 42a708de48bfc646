package import CallProtocol

/// What is written down of every mutation and session: who, what, where, result; never an input.
package struct AuditEvent: Sendable, Hashable {
    package var caller: String
    package var role: String
    package var forwardedFor: ForwardedFor?
    package var operation: String
    package var kind: OperationKind
    /// What it was about, as the caller named it; nil where the operation is about no one thing.
    package var subject: String?
    /// nil on success.
    package var error: ErrorCode?
    /// Whether the call was turned away before its handler: whoever asks again and again makes many of these.
    package var isRefused: Bool

    package init(
        caller: String, role: String, forwardedFor: ForwardedFor?, operation: String, kind: OperationKind,
        subject: String? = nil, error: ErrorCode?, isRefused: Bool = false
    ) {
        self.caller = caller
        self.role = role
        self.forwardedFor = forwardedFor
        self.operation = operation
        self.kind = kind
        self.subject = subject
        self.error = error
        self.isRefused = isRefused
    }
}

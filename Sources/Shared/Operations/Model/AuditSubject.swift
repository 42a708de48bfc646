/// Where a call says what it was about, for the audit log, beside what its access rule names.
package enum AuditSubject: Sendable, Hashable {
    /// A member of the input.
    case input(String)
    /// A member of the answer: for what the call itself makes.
    case output(String)
    /// The members `host` and `port` of the input.
    case address
}

package import CallProtocol

/// How an operation answers.
package enum OperationKind: String, Sendable, Codable, CaseIterable {
    /// One answer, no effect.
    case query
    /// One answer, with an effect.
    case mutation
    /// Any number of answers, then the end.
    case subscription
    /// Bytes both ways until either side ends.
    case session

    /// The time a call has when its caller sets none, in milliseconds; nil for none.
    package var defaultDeadlineMs: Int64? {
        switch self {
        case .query, .mutation: 30_000
        case .subscription, .session: nil
        }
    }

    /// Whether a call of this kind may have this carriage.
    package func allows(_ carriage: Carriage) -> Bool {
        (self == .session) == (carriage != .json)
    }
}

/// Who may see that an operation exists.
package enum Visibility: String, Sendable, Codable {
    case external
    /// From the wire it is `NOT_FOUND`.
    case internal_ = "internal"
}

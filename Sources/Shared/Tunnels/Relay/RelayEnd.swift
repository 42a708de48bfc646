package import CallProtocol

/// What passed through a relay, and how it ended.
package struct RelayEnd: Sendable, Hashable {
    /// Bytes that came from the connection.
    package var received: Int64 = 0
    /// Bytes that went into the connection.
    package var sent: Int64 = 0
    /// Why it broke off; nil where both directions ended.
    package var failure: StreamFailure?
    /// Whether it was the connection that broke off, and not the session.
    package var isOfConnection = false
}

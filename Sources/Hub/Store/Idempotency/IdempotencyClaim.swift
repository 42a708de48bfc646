/// The exact bytes that answered a call.
package typealias IdempotencyAnswer = [UInt8]

/// A mutation's wish to take effect once: whose it is, what it does, its key, and what it was asked.
package struct IdempotencyClaim: Sendable, Hashable {
    /// How long an answer is remembered: 24 h in milliseconds.
    package static let lifetime: Int64 = 86_400_000

    /// The calling peer.
    package var peerId: String
    /// The operation's name.
    package var operation: String
    /// The caller's key.
    package var key: String
    /// Digest of the input; the same key with another one is a mistake of the caller.
    package var fingerprint: String
    /// Unix milliseconds.
    package var at: Int64

    package init(peerId: String, operation: String, key: String, fingerprint: String, at: Int64) {
        self.peerId = peerId
        self.operation = operation
        self.key = key
        self.fingerprint = fingerprint
        self.at = at
    }
}

/// What is known of a claim.
package enum IdempotencyState: Sendable, Equatable {
    /// Nothing: the caller may do the effect. From `begin`, the claim is now pending.
    case fresh
    /// The first call is still at work.
    case pending
    /// It ended with this answer.
    case done(IdempotencyAnswer)
    /// The key belongs to another input.
    case reused
}

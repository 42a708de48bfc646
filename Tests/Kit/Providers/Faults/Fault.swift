/// One way in which a provider goes wrong. Each has been seen in the field, or follows from what a network can do.
///
/// For each is said whether the thing that was asked is done.
package enum Fault: Sendable, Hashable {
    /// When a created instance can be seen.
    package enum Delay: Sendable, Hashable {
        /// After so many listings and readings that do not show it.
        case polls(Int)
        /// After a while on the provider's clock.
        case time(Duration)
    }

    /// Done, and answered with this status. What would have failed anyway answers as it would.
    case errorAfterSuccess(Int)
    /// Not done. Without a body it is the provider's own for such a status.
    case error(Int, body: String? = nil)
    /// Done; the answer has the right status and type, and no bytes.
    case emptyBody
    /// Done; whatever is a list in the answer is empty.
    case emptyList
    /// Done; the answer has all its bytes and is no JSON.
    case malformedJSON
    /// Done; the connection ends in the middle of the answer.
    case truncated
    /// Nothing is answered, and after a while the connection ends. Done only when said so.
    case noAnswer(for: Duration, done: Bool = false)
    /// Done at once, answered late.
    case slow(Duration)
    /// For what creates: done, and the instance shows up late. Until then it is not there to be read; it can be deleted.
    case delayedVisibility(Delay)
    /// Not done; 429. Seconds for Retry-After, where the provider has that header.
    case rateLimited(retryAfter: Int? = nil)
    /// For what deletes: 404, although the instance is there. It goes on, unless it is said that it was deleted.
    case notFoundOnDelete(deleted: Bool = false)
    /// Not done; 200 with a body that says so.
    case successFalse
}

extension Fault.Delay {
    /// The same, counted from a moment on.
    func from(_ now: Duration) -> Fault.Delay {
        if case .time(let time) = self { .time(now + time) } else { self }
    }
}

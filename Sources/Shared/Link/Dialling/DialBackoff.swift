/// How long to wait before dialling again: 1 s doubling to 60 s, with full jitter. A pure value.
package struct DialBackoff: Sendable {
    package static let first = 1.0
    package static let limit = 60.0

    private var attempts = 0

    package init() {}

    /// Seconds to wait after one more failure.
    ///
    /// - Parameters:
    ///   - retryAfter: what the last GOAWAY asked for, in seconds; jitter comes on top of it.
    ///   - random: a number from 0 to 1.
    package mutating func next(retryAfter: Double = 0, random: Double) -> Double {
        let ceiling = min(Self.limit, Self.first * Double(1 << min(attempts, 6)))
        attempts += 1
        return retryAfter + ceiling * random
    }

    /// To be called when a link was accepted.
    package mutating func succeeded() {
        attempts = 0
    }
}

package import Testing

/// Waits until `condition` holds; looks again each millisecond.
///
/// Throws when `limit` is over, so that a test ends there: what it would wait for next mostly never comes then.
package func eventually(
    within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: @Sendable () async throws -> Bool
) async throws {
    guard try await becomesTrue(within: limit, condition) else { throw NotInTime(limit: limit, place: sourceLocation) }
}

/// Whether `condition` holds before `limit` is over, for who goes on either way.
package func becomesTrue(
    within limit: Duration = .seconds(60), _ condition: @Sendable () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { return false }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return true
}

struct NotInTime: Error, CustomStringConvertible {
    let limit: Duration
    let place: SourceLocation

    var description: String { "did not come true within \(limit): \(place)" }
}

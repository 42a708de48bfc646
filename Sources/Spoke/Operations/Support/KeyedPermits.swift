import Synchronization

/// One at a time for each key.
final class KeyedPermits: Sendable {
    private struct Turn: Sendable {
        let permits = Permits(1)
        var users = 0
    }

    private let turns = Mutex<[String: Turn]>([:])

    /// Runs `body` when nobody else does with this key; at once without one.
    func with<Result>(_ key: String?, _ body: () async throws -> Result) async throws -> Result {
        guard let key else { return try await body() }
        let permits = turns.withLock { turns in
            turns[key, default: Turn()].users += 1
            return turns[key]?.permits
        }
        defer {
            turns.withLock { turns in
                turns[key]?.users -= 1
                if turns[key]?.users == 0 { turns[key] = nil }
            }
        }
        guard let permits else { return try await body() }
        return try await permits.with(body)
    }
}

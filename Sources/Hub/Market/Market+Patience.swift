import CallProtocol

extension Market {
    /// The same as ``offers(_:)``, with an end to the waiting: one that hangs must not hold up what others offer.
    /// - Throws: `TIMEOUT`, besides.
    package func offers(_ wish: RentWish, within limit: Duration) async throws -> OfferList {
        try await withThrowingTaskGroup(of: OfferList?.self) { group in
            group.addTask { try await offers(wish) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let found = try await group.next() ?? nil else {
                throw CallError(.timeout, "no answer within \(limit.components.seconds) s")
            }
            return found
        }
    }
}

import GRDB

extension HubStore {
    /// How long and how many events are kept.
    package struct EventRetention: Sendable {
        /// Milliseconds; 30 days by default.
        package var age: Int64
        /// Rows; a million by default.
        package var count: Int64

        package init(age: Int64 = 30 * 86_400_000, count: Int64 = 1_000_000) {
            self.age = age
            self.count = count
        }
    }

    /// Deletes events past the retention, `batch` a transaction, so that no writer waits long behind it.
    /// - Returns: how many were deleted.
    @discardableResult
    package func trimEvents(
        now: Int64, retention: EventRetention = EventRetention(), batch: Int = 500
    ) async throws -> Int {
        var total = 0
        while true {
            let deleted = try await write { try $0.trimEvents(now: now, retention: retention, limit: batch) }
            total += deleted
            guard deleted > 0, !Task.isCancelled else { return total }
        }
    }
}

extension StoreTransaction {
    fileprivate func trimEvents(now: Int64, retention: HubStore.EventRetention, limit: Int) throws -> Int {
        let surplus = try deleteSome(
            from: "events", where: "seq <= ?", arguments: [latestEvent() - retention.count], order: "seq",
            limit: limit)
        guard surplus == 0 else { return surplus }
        return try deleteSome(
            from: "events", where: "at < ?", arguments: [now - retention.age], order: "at", limit: limit)
    }
}

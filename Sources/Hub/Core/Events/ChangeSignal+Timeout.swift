extension ChangeSignal {
    /// As ``wait(after:)``, but returns after `limit` at the latest.
    /// - Throws: `CancellationError`.
    func wait(after mark: UInt64, atMost limit: Duration, on clock: HubClock) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.wait(after: mark) }
            group.addTask { try await clock.sleep(limit) }
            try await group.next()
            group.cancelAll()
        }
    }
}

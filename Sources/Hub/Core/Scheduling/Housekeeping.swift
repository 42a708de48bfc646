import CallProtocol
import Logging
import Store

/// What has to be thrown away from time to time: old events, old answers, old dedupe rows, keys never used. Small batches, once a minute.
struct Housekeeping: Sendable {
    static let journalDays: Int64 = 30

    let core: HubCore

    func run() async {
        while !Task.isCancelled {
            do { try await core.clock.sleep(.seconds(60)) } catch { return }
            do {
                try await sweep()
            } catch {
                core.logger.warning("housekeeping", metadata: ["error": .string("\(error)")])
            }
        }
    }

    func sweep() async throws {
        let now = core.clock.now()
        let unwritten = core.trail.refused.takeUnwritten()
        if unwritten > 0 {
            core.trail.tell(
                EventDraft(
                    at: now, kind: "call.refused", severity: .security,
                    message: "\(unwritten) more refused calls were not written one by one",
                    data: "\(JSONValue.object(["count": .integer(Int64(unwritten))]))"))
        }
        try await emptying { try $0.expireIdempotency(now: now) }
        try await emptying { try $0.pruneJournal(before: now - Self.journalDays * 86_400_000) }
        _ = try await core.store.trimEvents(now: now)
        try await core.forgetAnnouncedKeys()
    }

    /// Goes on until nothing is left, so that a minute's growth can never be more than a minute's sweep.
    private func emptying(_ batch: @escaping @Sendable (StoreTransaction) throws -> Int) async throws {
        while try await core.store.write(batch) > 0, !Task.isCancelled {}
    }
}

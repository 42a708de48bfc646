import Logging
import Market
import Store
import Synchronization

/// Brings the instances of one provider to where they are wished to be: looks at each row, and takes its next step.
///
/// It keeps nothing that matters: rows are written before each step, and what providers have shown is asked for again.
final class InstanceKeeper: Sendable {
    struct State {
        var belief = ListingBelief()
        /// Rows that a call is under way for.
        var busy: Set<String> = []
        /// Until when a row is left alone with which nothing could be done; milliseconds of a clock that only goes on.
        var resting: [String: Int64] = [:]
        var isListing = false
        /// Whether somebody waits for a new listing.
        var isListingWanted = false
        /// Whether somebody has said that nothing is there.
        var isEmptyConfirmed = false
        /// When what seems to be an orphan was seen first, by its id; milliseconds since 1970.
        var orphans: [String: Int64] = [:]
    }

    let core: HubCore
    let provider: String
    let state = Mutex(State())

    init(core: HubCore, provider: String) {
        self.core = core
        self.provider = provider
    }

    var market: (any Market)? { core.rentals.source?.market(provider) }

    /// Until the task is cancelled, or nothing is left to keep.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let mark = core.rentals.signal.mark
                var pause = Duration.seconds(10)
                do {
                    let rows = try await rows()
                    guard market != nil || !rows.isEmpty else { break }
                    if let due = try await look(at: rows, &group) {
                        pause = min(pause, .milliseconds(max(100, due - core.clock.now())))
                    }
                } catch {
                    core.logger.error("instances", metadata: meta(error))
                }
                do { try await core.rentals.signal.wait(after: mark, atMost: pause, on: core.clock) } catch { break }
            }
            group.cancelAll()
        }
    }

    private func rows() async throws -> [RentedRow] {
        try await core.store.read { try $0.openInstances(self.provider) }.compactMap { record in
            do { return try RentedRow(record) } catch {
                core.logger.error("instance not readable", metadata: meta(error))
                return nil
            }
        }
    }

    /// How long a row is left alone with which nothing could be done, in milliseconds.
    private static let rest: Int64 = 5_000

    /// Takes the next step of each.
    /// - Returns: when there is something to do by time alone; milliseconds since 1970.
    private func look(at rows: [RentedRow], _ group: inout DiscardingTaskGroup) async throws -> Int64? {
        let (now, monotonic) = (core.clock.now(), core.clock.monotonic())
        let (belief, busy, resting) = state.withLock { state in
            state.resting = state.resting.filter { $0.value > monotonic }
            return (state.belief, state.busy, state.resting)
        }
        if isListingDue(rows, at: now) { begin(&group) { await self.list() } }
        var due = resting.values.map { now + $0 - monotonic }
        for row in rows where !busy.contains(row.instance.id) && resting[row.instance.id] == nil {
            // One that cannot be worked on keeps no other from being.
            do { due += try await step(row, belief, at: now, &group) } catch {
                core.logger.error("instance", metadata: meta(error))
                rest(row.instance.id)
            }
        }
        due.append((belief.askedAt ?? now) + core.configuration.rentListingMs)
        return due.min()
    }

    /// - Returns: when it is to be looked at again by time alone.
    private func step(
        _ row: RentedRow, _ belief: ListingBelief, at now: Int64, _ group: inout DiscardingTaskGroup
    ) async throws -> [Int64] {
        try await settle(row)
        let sight = InstanceSight(
            now: now, listing: belief.listing, isFrozen: belief.doubt != nil || market == nil,
            node: try await node(of: row), isSpot: row.request?.offer.spot == true)
        var due: [Int64] = []
        switch InstanceMachine(times(of: row)).next(row.instance, sight) {
        case .wait(let until, _): if let until { due.append(until) }
        case .change(let next): _ = try await core.write(next, over: row)
        case .create(let asked): take(row, &group) { try await self.create(asked, row) }
        case .verify: take(row, &group) { try await self.verify(row) }
        case .terminate(let asked): take(row, &group) { try await self.terminate(asked, row) }
        }
        if row.instance.wantsAnother { take(row, &group) { try await self.replace(row) } }
        return due
    }

    func times(of row: RentedRow) -> InstanceTimes {
        var times = core.configuration.rentTimes
        guard let request = row.request else { return times }
        times.idle = core.rentals.isKeptReady(row) ? .max / 2 : request.idle ?? times.idle
        times.boot = core.rentals.experience.bootLimit(provider, image: request.image, longest: times.boot)
        return times
    }

    /// Runs a call for a row, one at a time.
    /// - Parameter body: whether anything has come of it; where nothing has, the row is left alone for a moment.
    private func take(
        _ row: RentedRow, _ group: inout DiscardingTaskGroup, _ body: @escaping @Sendable () async throws -> Bool
    ) {
        let id = row.instance.id
        guard state.withLock({ $0.busy.insert(id).inserted }) else { return }
        group.addTask {
            var isDone = false
            do { isDone = try await body() } catch {
                self.core.logger.error("instance", metadata: self.meta(error))
            }
            if !isDone { self.rest(id) }
            self.state.withLock { _ = $0.busy.remove(id) }
            if isDone { self.core.rentals.signal.fire() }
        }
    }

    private func rest(_ id: String) {
        let until = core.clock.monotonic() + Self.rest
        state.withLock { $0.resting[id] = until }
    }

    private func begin(_ group: inout DiscardingTaskGroup, _ body: @escaping @Sendable () async -> Void) {
        guard
            state.withLock({ state in
                defer { state.isListing = true }
                return !state.isListing
            })
        else { return }
        group.addTask {
            await body()
            self.state.withLock { $0.isListing = false }
            self.core.rentals.signal.fire()
        }
    }

    func meta(_ error: any Error) -> Logger.Metadata {
        ["provider": .string(provider), "error": .string("\(error)")]
    }
}

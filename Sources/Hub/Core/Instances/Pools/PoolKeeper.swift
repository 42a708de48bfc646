import CallProtocol
import Formats
import Logging
import Market
import NIOCore
import Operations
import Store

/// Keeps machines ready in each pool: rents what is missing, says which are not given back though they have nothing to do, and
/// gives back at once what is still coming and not wanted any more.
///
/// Like everything about instances it looks at rows again and again, and keeps nothing.
struct PoolKeeper: Sendable {
    static let interval = Duration.seconds(5)
    /// The label of a pool's nodes.
    static let label = "pool"

    let core: HubCore

    func run() async {
        while !Task.isCancelled {
            let mark = core.rentals.signal.mark
            var isAwaited = true
            do { isAwaited = try await look() } catch {
                core.logger.error("pools", metadata: ["error": .string("\(error)")])
            }
            do {
                if isAwaited {
                    try await core.rentals.signal.wait(after: mark, atMost: Self.interval, on: core.clock)
                } else {
                    try await core.rentals.signal.wait(after: mark)
                }
            } catch { return }
        }
    }

    /// - Returns: whether there is something to do by time alone.
    private func look() async throws -> Bool {
        let (pools, rows) = (try await core.pools(), try await core.pooledRows())
        var (kept, answers): (Set<String>, [String: String]) = ([], [:])
        for (pool, setAt) in pools {
            let stock = try await core.stock(of: pool, rows)
            kept.formUnion(stock.free.prefix(pool.count).map(\.instance.id))
            let missing = pool.count - stock.free.count
            guard missing > 0 else { continue }
            answers[pool.name] = try await rent(missing, for: pool, since: setAt)
        }
        core.rentals.keepReady(kept)
        core.rentals.answerPools(answers)
        for row in rows where !kept.contains(row.instance.id) { try await giveBack(row) }
        return !pools.isEmpty
    }

    /// What has not come yet, and what another one would come for.
    private func giveBack(_ row: RentedRow) async throws {
        guard row.instance.isBeforeWork || row.instance.wantsAnother else { return }
        let now = core.clock.now()
        try await core.changeInstance(row.instance.id) { instance in
            instance.isBeforeWork || instance.wantsAnother
                ? instance.released("its pool does not need it any more", force: true, at: now) : instance
        }
    }

    /// How many rows are looked at, the newest ones.
    private static let looked = 400

    /// - Parameter start: what was rented before does not count against it: it was asked for anew.
    /// - Returns: why not all of them are rented; nil where they are.
    private func rent(_ count: Int, for pool: PoolInput, since start: Int64) async throws -> String? {
        let past = try await core.store.read { try $0.instances(forPool: pool.name, limit: Self.looked) }
        let now = core.clock.now()
        // A clock that was set back lets nothing be forgotten.
        let rows = past.filter { $0.createdAt >= min(start, now) }.compactMap { try? RentedRow($0) }
            .filter { !$0.isComing }
        switch RentHistory(rows, most: RentHistory.mostInVain * pool.count).verdict(at: now) {
        case .now: break
        case .later(_, let words), .never(let words): return words
        }
        let (intents, shortage) = await intents(count, for: pool)
        do {
            for result in try await Renting(core: core).intend(intents) { _ = try result.get() }
        } catch { return (error as? CallError)?.message ?? "\(error)" }
        return shortage
    }

    /// - Returns: what is to be wished for, and why it is not all.
    private func intents(
        _ count: Int, for pool: PoolInput
    ) async -> (intents: [Renting.Intent], shortage: String?) {
        let renting = Renting(core: core)
        let asked = OfferBook.Key(wish: RentWish(pool.wish), provider: pool.wish.provider)
        var intents: [Renting.Intent] = []
        while intents.count < count {
            do throws(CallError) {
                let offer = try await renting.offer(asked, within: OfferBook.usual)
                if let obstacle = renting.obstacle(offer) {
                    core.rentals.claims.drop(offer)
                    return (intents, obstacle)
                }
                var request = RentRequest(
                    wish: asked.wish, provider: asked.provider, image: pool.image ?? Bootstrap.usualImage, idle: nil,
                    offer: offer)
                (request.pool, request.labels) = (pool.name, [Self.label: pool.name])
                intents.append(Renting.Intent(request: request, creator: Caller.hub.peer))
            } catch { return (intents, error.message) }
        }
        return (intents, nil)
    }
}

extension HubCore {
    /// All pools as they were asked for, and when, in milliseconds since 1970; one that cannot be read is left out.
    func pools() async throws -> [(pool: PoolInput, setAt: Int64)] {
        try await store.read { try $0.pools() }.compactMap { record in
            do {
                return (try JSONCoding.decode(PoolInput.self, from: .init(string: record.document)), record.setAt)
            } catch {
                logger.error("pool not readable", metadata: ["pool": .string(record.name)])
                return nil
            }
        }
    }
}

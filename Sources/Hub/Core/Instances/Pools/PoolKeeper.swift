import CallProtocol
import Formats
import Logging
import Market
import NIOCore
import Operations
import Store

/// Keeps machines ready in each pool: rents what is missing, and says which are not given back though they have nothing to do.
///
/// Like everything about instances it looks at rows again and again, and keeps nothing.
struct PoolKeeper: Sendable {
    static let interval = Duration.seconds(5)
    /// The label of a pool's nodes.
    static let label = "pool"

    let core: HubCore

    func run() async {
        let offers = OfferBook(core: core)
        while !Task.isCancelled {
            let mark = core.rentals.signal.mark
            do { try await look(offers) } catch {
                core.logger.error("pools", metadata: ["error": .string("\(error)")])
            }
            do { try await core.rentals.signal.wait(after: mark, atMost: Self.interval, on: core.clock) } catch {
                return
            }
        }
    }

    private func look(_ offers: OfferBook) async throws {
        var (kept, answers): (Set<String>, [String: String]) = ([], [:])
        for (pool, setAt) in try await core.pools() {
            let stock = try await core.stock(of: pool.name)
            kept.formUnion(stock.free.prefix(pool.count).map(\.instance.id))
            let missing = pool.count - stock.free.count
            guard missing > 0 else { continue }
            answers[pool.name] = try await rent(missing, for: pool, since: setAt, offers)
        }
        core.rentals.keepReady(kept)
        core.rentals.answerPools(answers)
    }

    /// - Parameter start: what was rented before does not count against it: it was asked for anew.
    /// - Returns: why not all of them are rented; nil where they are.
    private func rent(_ count: Int, for pool: PoolInput, since start: Int64, _ offers: OfferBook) async throws
        -> String?
    {
        let past = try await core.store.read { transaction in
            try transaction.instances(forPool: pool.name, limit: RentHistory.mostInVain * 2)
        }
        let now = core.clock.now()
        let rows = past.filter { $0.createdAt >= start }.compactMap { try? RentedRow($0) }.filter { !$0.isComing }
        switch RentHistory(rows).verdict(at: now) {
        case .now: break
        case .later(_, let words), .never(let words): return words
        }
        do throws(CallError) {
            let wish = RentWish(pool.wish)
            let offer = try await offers.best(wish, pool.wish.provider)
            var request = RentRequest(
                wish: wish, provider: pool.wish.provider, image: pool.image ?? Bootstrap.usualImage, idle: nil,
                offer: offer)
            (request.pool, request.labels) = (pool.name, [Self.label: pool.name])
            let results = try await intend(request, count)
            return results.lazy.compactMap { result in
                if case .failure(let error) = result { error.message } else { nil }
            }.first
        } catch { return error.message }
    }

    private func intend(
        _ request: RentRequest, _ count: Int
    ) async throws(CallError) -> [Result<RentedRow, CallError>] {
        let intent = Renting.Intent(request: request, creator: Caller.hub.peer)
        do { return try await Renting(core: core).intend(Array(repeating: intent, count: count)) } catch {
            throw error as? CallError ?? CallError(.internalError, "\(error)")
        }
    }
}

/// What a pool has.
struct PoolStock: Sendable {
    /// Those that have nothing to do, and those that are coming; what is there first, the cheapest first.
    var free: [RentedRow]
    var coming: Int
    var busy: Int
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

    func stock(of pool: String) async throws -> PoolStock {
        let rows = try await store.read { transaction in
            try transaction.openInstances().filter { $0.pool == pool }
        }.compactMap { try? RentedRow($0) }
        var (idle, coming, busy): ([RentedRow], [RentedRow], Int) = ([], [], 0)
        for row in rows where row.isComing {
            guard row.instance.state == .active else {
                coming.append(row)
                continue
            }
            let node = try await rentals.keeper(row.instance.provider)?.node(of: row)
            if node?.idleSince != nil { idle.append(row) } else { busy += 1 }
        }
        idle.sort { ($0.instance.price, $0.instance.id) < ($1.instance.price, $1.instance.id) }
        return PoolStock(free: idle + coming, coming: coming.count, busy: busy)
    }
}

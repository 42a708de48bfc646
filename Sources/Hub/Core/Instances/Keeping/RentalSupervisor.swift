import Logging
import Market
import Store

/// Keeps a keeper for each provider that machines are, or were, rented from; and the budgets.
struct RentalSupervisor: Sendable {
    static let interval = Duration.seconds(5)

    let core: HubCore

    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let mark = core.rentals.signal.mark
                do {
                    for provider in try await providers() {
                        let keeper = InstanceKeeper(core: core, provider: provider)
                        guard core.rentals.add(keeper) else { continue }
                        group.addTask {
                            await keeper.run()
                            core.rentals.drop(keeper)
                        }
                    }
                    try await core.endExcess()
                } catch {
                    core.logger.error("instances", metadata: ["error": .string("\(error)")])
                }
                do {
                    try await core.rentals.signal.wait(after: mark, atMost: Self.interval, on: core.clock)
                } catch { break }
            }
            group.cancelAll()
        }
    }

    /// Learns again what was learned before this hub was started; to be done before anything is rented.
    func remember() async {
        do {
            let (open, past) = try await core.store.read { transaction in
                (try transaction.openInstances(), try transaction.instances(limit: RentExperience.rows))
            }
            let ids = Set(past.map(\.id))
            for record in open.filter({ !ids.contains($0.id) }) + past.reversed() {
                guard let row = try? RentedRow(record) else { continue }
                core.rentals.learn(row, after: nil, at: core.clock.monotonic())
                claim(row)
            }
        } catch {
            core.logger.error("instances of before", metadata: ["error": .string("\(error)")])
        }
    }

    /// Keeps the machine of an offer that is being rented still, or was a moment ago.
    private func claim(_ row: RentedRow) {
        guard let offer = row.request?.offer else { return }
        if row.instance.isBeingMade { return core.rentals.claims.keep(offer, for: row.instance.id) }
        let ago = core.clock.now() - (row.instance.answeredAt ?? 0)
        guard (0..<OfferClaims.length).contains(ago) else { return }
        _ = core.rentals.claims.take(offer, at: core.clock.monotonic(), for: OfferClaims.length - ago)
    }

    /// Those that can be rented from, and those that something is rented from still.
    private func providers() async throws -> Set<String> {
        let open = try await core.store.read { try $0.openProviders() }
        return Set(open).union(core.rentals.source?.markets.map(\.name) ?? [])
    }
}

extension HubCore {
    func runRenting() async {
        let supervisor = RentalSupervisor(core: self)
        await supervisor.remember()
        await withDiscardingTaskGroup { group in
            group.addTask { await supervisor.run() }
            group.addTask { await PoolKeeper(core: self).run() }
            group.addTask { await WorkloadRenter(core: self).run() }
        }
    }

    /// Ends what would pass a budget.
    func endExcess() async throws {
        let now = clock.now()
        let (budgets, rows) = try await store.read { transaction in
            let budgets = try transaction.budgets()
            return (budgets, budgets.isEmpty ? [] : try transaction.instanceBills(since: RentLedger.since(now)))
        }
        let ledger = RentLedger(rows, at: now, hold: configuration.rentHoldMs)
        for (id, budget) in ledger.excess(over: budgets) {
            do {
                try await changeInstance(id) { instance in
                    // What is draining for another reason is not waited for.
                    instance.state == .terminating
                        ? instance : instance.released("\(budget.named) is used up", force: true, at: now)
                }
            } catch {
                logger.error(
                    "not ended for a budget", metadata: ["instance": .string(id), "error": .string("\(error)")])
            }
        }
    }
}

import CallProtocol
import Formats
import Market
import Operations
import Store

/// Writes down what is to be rented for workloads that wait.
extension WorkloadRenter {
    /// Wishes that are written down in one transaction, so that a long queue keeps no other write waiting; and how long one waits
    /// for others, in milliseconds: what is chosen for it is kept from everybody else.
    private static let (batch, patience): (Int, Int64) = (100, 5_000)

    /// What is found for the demands of one look.
    private struct Look {
        /// Chosen and not written down yet.
        var found: [(demand: RentDemand, offer: Offer)] = []
        /// When the first of them was chosen.
        var since: Int64 = 0
        /// What a budget does not allow, in words.
        var refusals: [(demand: RentDemand, words: String)] = []
        /// Why nothing is rented for some, by workload.
        var answers: [String: String] = [:]

        func isDue(at now: Int64) -> Bool {
            found.count >= WorkloadRenter.batch || !found.isEmpty && now - since > WorkloadRenter.patience
        }
    }

    /// How often those are tried again whose offers were kept for one whom a budget does not allow them; each time at least one
    /// wish less is left.
    private static let rounds = 32

    /// - Returns: why nothing is rented for some, by workload.
    func rent(_ demands: [RentDemand]) async throws -> [String: String] {
        var (look, waiting) = (Look(), demands)
        let past = try await past(of: demands)
        // What a budget does not allow one it does not allow another who asks for the same.
        var words: [OfferBook.Key: String] = [:]
        for _ in 0..<Self.rounds where !waiting.isEmpty {
            let refused = look.refusals.count
            let crowded = try await choose(waiting, past, &look)
            try await intend(&look)
            guard look.refusals.count > refused else { break }
            for (demand, text) in look.refusals[refused...] {
                look.answers[demand.workload] = text
                words[demand.rent.asked] = words[demand.rent.asked] ?? text
            }
            for demand in crowded {
                look.answers[demand.workload] = words[demand.rent.asked] ?? look.answers[demand.workload]
            }
            waiting = crowded.filter { words[$0.rent.asked] == nil }
        }
        return look.answers
    }

    /// - Returns: those for which all that fits is being rented.
    private func choose(
        _ demands: [RentDemand], _ past: [String: [RentedRow]], _ look: inout Look
    ) async throws -> [RentDemand] {
        var crowded: [RentDemand] = []
        for demand in demands {
            let rows = past[demand.workload] ?? []
            look.answers[demand.workload] = nil
            switch RentHistory(rows).verdict(at: core.clock.now()) {
            case .now: break
            case .later(_, let words), .never(let words):
                look.answers[demand.workload] = words
                continue
            }
            do throws(CallError) {
                let offer = try await Renting(core: core).offer(demand.rent.asked, within: OfferBook.usual)
                if let obstacle = obstacle(offer, demand.rent, rows) {
                    core.rentals.claims.drop(offer)
                    look.answers[demand.workload] = obstacle
                } else {
                    if look.found.isEmpty { look.since = core.clock.monotonic() }
                    look.found.append((demand, offer))
                }
            } catch {
                look.answers[demand.workload] = error.message
                if error.code == .resourceExhausted { crowded.append(demand) }
            }
            if look.isDue(at: core.clock.monotonic()) { try await intend(&look) }
        }
        return crowded
    }

    private func intend(_ look: inout Look) async throws {
        let found = look.found
        look.found = []
        guard !found.isEmpty else { return }
        let results = try await Renting(core: core).intend(
            found.map { Self.intent($0.demand, $0.offer, at: core.clock.now()) })
        for ((demand, offer), result) in zip(found, results) {
            // One with a conflict does not wait any more.
            if case .failure(let error) = result, error.code != .conflict {
                look.refusals.append((demand, "\(Renting.cost(offer)): \(error.message)"))
            }
            core.workloadTopics.fire(demand.workload)
        }
    }

    /// What was rented for each before, oldest first.
    private func past(of demands: [RentDemand]) async throws -> [String: [RentedRow]] {
        guard !demands.isEmpty else { return [:] }
        let ids = demands.map(\.workload)
        let rows = try await core.store.read { try $0.instances(forAny: ids) }.compactMap { try? RentedRow($0) }
        return Dictionary(grouping: rows) { $0.record.workloadId ?? "" }
    }

    /// Why nothing is rented where it would be had; nil where it may.
    /// - Parameter rows: what was rented for it before.
    private func obstacle(_ offer: Offer, _ rent: WorkloadRent, _ rows: [RentedRow]) -> String? {
        if let label = rent.lacks(at: offer.provider) { return "no rented machine would have the label \(label)" }
        if let obstacle = Renting(core: core).obstacle(offer) { return obstacle }
        guard let amount = rent.maxCost else { return nil }
        let budget = WorkloadBudget(
            amount: amount, bills: rows.map(\.record.bill), now: core.clock.now(),
            hold: core.configuration.rentHoldMs)
        return budget.refusal(of: offer.price, currency: offer.currency).map { "\(Renting.cost(offer)): \($0)" }
    }

    private static func intent(_ demand: RentDemand, _ offer: Offer, at now: Int64) -> Renting.Intent {
        let rent = demand.rent
        var request = RentRequest(
            wish: rent.wish, provider: rent.provider, image: rent.image ?? Bootstrap.usualImage, idle: rent.idle,
            offer: offer)
        (request.workload, request.labels, request.maxCost) = (demand.workload, rent.labels, rent.maxCost)
        return Renting.Intent(request: request, creator: demand.owner) { row, transaction in
            guard
                try transaction.provision(
                    demand.workload, generation: demand.generation, reason: row.progress, at: now)
            else { throw CallError(.conflict, "it does not wait any more") }
        }
    }
}

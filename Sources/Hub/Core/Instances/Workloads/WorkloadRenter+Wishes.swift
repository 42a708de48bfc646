import CallProtocol
import Formats
import Market
import Operations
import Store

/// Writes down what is to be rented for workloads that wait.
extension WorkloadRenter {
    /// Wishes that are written down in one transaction, so that a long queue keeps no other write waiting.
    private static let batch = 100

    /// An offer that is kept for a demand.
    private typealias Found = (demand: RentDemand, offer: Offer)

    /// - Returns: why nothing is rented for some, by workload.
    func rent(_ demands: [RentDemand], _ offers: OfferBook) async throws -> [String: String] {
        var (answers, found): ([String: String], [Found]) = ([:], [])
        let past = try await past(of: demands)
        for demand in demands {
            let rows = past[demand.workload] ?? []
            switch RentHistory(rows).verdict(at: core.clock.now()) {
            case .now: break
            case .later(_, let words), .never(let words):
                answers[demand.workload] = words
                continue
            }
            do throws(CallError) {
                let offer = try await offers.best(demand.rent.wish, demand.rent.provider)
                if let obstacle = obstacle(offer, demand.rent, rows) {
                    core.rentals.claims.drop(offer)
                    answers[demand.workload] = obstacle
                } else {
                    found.append((demand, offer))
                }
            } catch {
                answers[demand.workload] = error.message
            }
        }
        let refusals = try await intend(found)
        answers.merge(refusals.map { ($0.demand.workload, $0.words) }) { $1 }
        // Where an offer was free only after a budget had not allowed it, the same holds for who wished for it as well.
        let words = Dictionary(refusals.map { ($0.demand.rent.asked, $0.words) }) { old, _ in old }
        for demand in demands where answers[demand.workload] == Renting.allAreClaimed.message {
            answers[demand.workload] = words[demand.rent.asked] ?? Renting.allAreClaimed.message
        }
        return answers
    }

    /// - Returns: those that are not written down, and why; without those that do not wait any more.
    private func intend(_ found: [Found]) async throws -> [(demand: RentDemand, words: String)] {
        var refusals: [(RentDemand, String)] = []
        for start in stride(from: 0, to: found.count, by: Self.batch) {
            let part = found[start..<min(start + Self.batch, found.count)]
            let results = try await Renting(core: core).intend(
                part.map { Self.intent($0, $1, at: core.clock.now()) })
            for ((demand, offer), result) in zip(part, results) {
                if case .failure(let error) = result, error.code != .conflict {
                    refusals.append((demand, "\(Renting.cost(offer)): \(error.message)"))
                }
                core.workloadTopics.fire(demand.workload)
            }
        }
        return refusals
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

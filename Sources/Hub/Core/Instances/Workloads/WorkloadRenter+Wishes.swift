import CallProtocol
import Formats
import Market
import Operations
import Store

/// Writes down what is to be rented for workloads that wait.
extension WorkloadRenter {
    /// Wishes that are written down in one transaction, so that a long queue keeps no other write waiting.
    private static let batch = 100

    /// - Returns: why nothing is rented for some, by workload.
    func rent(_ demands: [RentDemand], _ offers: OfferBook) async throws -> [String: String] {
        var answers: [String: String] = [:]
        var found: [(demand: RentDemand, offer: Offer)] = []
        let histories = try await histories(demands)
        let now = core.clock.now()
        for demand in demands {
            switch histories[demand.workload]?.verdict(at: now) ?? .now {
            case .now: break
            case .later(_, let words), .never(let words):
                answers[demand.workload] = words
                continue
            }
            do throws(CallError) {
                let offer = try await offers.best(demand.rent.wish, demand.rent.provider)
                if let obstacle = obstacle(offer, demand.rent) {
                    answers[demand.workload] = obstacle
                } else {
                    found.append((demand, offer))
                }
            } catch {
                answers[demand.workload] = error.message
            }
        }
        while !found.isEmpty {
            let part = found.prefix(Self.batch)
            found.removeFirst(part.count)
            let results = try await Renting(core: core).intend(
                part.map { Self.intent($0, $1, at: core.clock.now()) })
            for ((demand, offer), result) in zip(part, results) {
                if case .failure(let error) = result, error.code != .conflict {
                    answers[demand.workload] = "\(Renting.cost(offer)): \(error.message)"
                }
                core.workloadTopics.fire(demand.workload)
            }
        }
        return answers
    }

    /// What was rented for each before.
    private func histories(_ demands: [RentDemand]) async throws -> [String: RentHistory] {
        guard !demands.isEmpty else { return [:] }
        let ids = demands.map(\.workload)
        let rows = try await core.store.read { try $0.instances(forAny: ids) }.compactMap { try? RentedRow($0) }
        return Dictionary(grouping: rows) { $0.record.workloadId ?? "" }.mapValues { RentHistory($0) }
    }

    /// Why nothing is rented where it would be had; nil where it may.
    private func obstacle(_ offer: Offer, _ rent: WorkloadRent) -> String? {
        if let label = rent.lacks(at: offer.provider) { return "no rented machine would have the label \(label)" }
        return Renting(core: core).obstacle(offer)
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

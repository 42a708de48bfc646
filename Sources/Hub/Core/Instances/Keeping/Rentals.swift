import Market
import Store
import Synchronization

/// What the hub knows of rented machines beside their rows: where they come from, and what providers have shown.
final class Rentals: Sendable {
    let source: (any MarketSource)?
    /// Fires when something has changed for a keeper to look at.
    let signal = ChangeSignal()
    let (book, claims) = (OfferBook(), OfferClaims())
    private let keepers = Mutex<[String: InstanceKeeper]>([:])
    private let names = Mutex<InstanceNames?>(nil)
    private let workloads = Mutex(Workloads())
    private let learned = Mutex(RentExperience())

    private struct Workloads {
        var demands: [RentDemand] = []
        var answers: [String: String] = [:]
        var prices: [String: Double] = [:]
    }

    /// What the queue would have rented now, in its order.
    var demands: [RentDemand] { workloads.withLock { $0.demands } }

    /// Takes what the queue would have rented now.
    func want(_ demands: [RentDemand]) {
        let isNews = workloads.withLock { state in
            let isNews = state.demands != demands
            state.demands = demands
            return isNews
        }
        if isNews { signal.fire() }
    }

    /// Why nothing is rented for some, by workload.
    var answers: [String: String] { workloads.withLock { $0.answers } }

    /// - Returns: whether they are others than before.
    func answer(_ answers: [String: String]) -> Bool {
        workloads.withLock { state in
            defer { state.answers = answers }
            return state.answers != answers
        }
    }

    /// What a rented node costs an hour.
    func price(of node: String) -> Double? { workloads.withLock { $0.prices[node] } }

    func setPrices(_ prices: [String: Double]) { workloads.withLock { $0.prices = prices } }

    /// Which machines are kept though they have nothing to do, by id; nil before it was looked.
    private let kept = Mutex<Set<String>?>(nil)

    /// Whether a machine is kept though it has nothing to do.
    func isKeptReady(_ row: RentedRow) -> Bool {
        row.request?.pool != nil && kept.withLock { $0?.contains(row.instance.id) ?? true }
    }

    func keepReady(_ ids: Set<String>) { kept.withLock { $0 = ids } }

    /// Why pools have not enough, by name.
    private let poolAnswers = Mutex<[String: String]>([:])

    /// Why a pool has not enough; nil where it has, or more are coming.
    func answer(forPool name: String) -> String? { poolAnswers.withLock { $0[name] } }

    func answerPools(_ answers: [String: String]) { poolAnswers.withLock { $0 = answers } }

    /// What was learned of offers.
    var experience: RentExperience { learned.withLock { $0 } }

    /// Takes in what an instance has come to.
    /// - Parameters:
    ///   - before: as it was when this was told last; nil where nothing of it was.
    ///   - now: milliseconds of a clock that only goes on.
    func learn(_ row: RentedRow, after before: Instance?, at now: Int64) {
        guard let request = row.request else { return }
        claims.follow(row.instance, request.offer, at: now)
        learned.withLock { $0.learn(row.instance, request.offer, image: request.image, after: before) }
    }

    init(_ source: (any MarketSource)?) { self.source = source }

    var all: [InstanceKeeper] { keepers.withLock { $0.values.sorted { $0.provider < $1.provider } } }

    func keeper(_ provider: String) -> InstanceKeeper? { keepers.withLock { $0[provider] } }

    /// Takes a keeper in, unless its provider has one.
    func add(_ keeper: InstanceKeeper) -> Bool {
        keepers.withLock { keepers in
            guard keepers[keeper.provider] == nil else { return false }
            keepers[keeper.provider] = keeper
            return true
        }
    }

    func drop(_ keeper: InstanceKeeper) {
        keepers.withLock { if $0[keeper.provider] === keeper { $0[keeper.provider] = nil } }
    }

    /// How this hub names its instances; made once, with the first question.
    func names(in store: HubStore) async throws -> InstanceNames {
        if let known = names.withLock({ $0 }) { return known }
        let mark = try await store.write { transaction in
            if let mark = try transaction.meta(InstanceNames.key) { return mark }
            // Letters and digits of a ULID, without those that people mistake.
            let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
            let mark = String((0..<InstanceNames.markLength).map { _ in alphabet[Int.random(in: 0..<32)] })
            try transaction.setMeta(InstanceNames.key, to: mark)
            return mark
        }
        let made = InstanceNames(mark: mark)
        names.withLock { $0 = $0 ?? made }
        return made
    }
}

import Market
import Synchronization
import TestKit

/// When the hub dies: by a dice that is thrown before and after each call to a provider.
final class Death: Sendable {
    struct State {
        var random: SeededRandom
        var odds: Double
        /// What was about to happen or had just happened.
        var place: String?
    }

    private let state: Mutex<State>
    private let come = AsyncStream<Void>.makeStream()

    init(seed: UInt64, odds: Double) { state = Mutex(State(random: SeededRandom(seed: seed), odds: odds)) }

    var place: String? { state.withLock { $0.place } }

    /// Returns where the hub lives on; else never before its tasks are cancelled.
    func mayCome(_ place: String) async {
        let isNow = state.withLock { state in
            if state.place != nil { return true }
            guard state.random.chance(state.odds) else { return false }
            state.place = place
            return true
        }
        guard isNow else { return }
        come.continuation.finish()
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(1)) }
    }

    /// Waits for it.
    func wait() async { for await _ in come.stream {} }
}

/// Providers at whose calls the hub may die.
struct DeadlyMarkets: MarketSource {
    let source: any MarketSource
    let death: Death

    var markets: [any Market] { source.markets.map { DeadlyMarket(market: $0, death: death) } }
    func market(_ name: String) -> (any Market)? { source.market(name).map { DeadlyMarket(market: $0, death: death) } }
}

struct DeadlyMarket: Market {
    let market: any Market
    let death: Death

    var name: String { market.name }
    var currency: String { market.currency }
    var idVariable: String? { market.idVariable }
    var selfRelease: SelfRelease? { market.selfRelease }

    private func around<Value>(_ call: String, _ body: () async throws -> Value) async rethrows -> Value {
        await death.mayCome("before \(call)")
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await death.mayCome("after \(call)")
        return try { () throws in try result.get() }()
    }

    func account() async throws -> String? { try await market.account() }

    func offers(_ wish: RentWish) async throws -> OfferList {
        try await around("offers") { try await market.offers(wish) }
    }

    func create(_ order: RentOrder) async -> CreateOutcome {
        await death.mayCome("before create")
        let outcome = await market.create(order)
        await death.mayCome("after create")
        return outcome
    }

    func instances() async throws -> [RentedInstance] { try await around("list") { try await market.instances() } }

    func instance(_ id: String, name: String) async throws -> RentedInstance? {
        try await around("get") { try await market.instance(id, name: name) }
    }

    func terminate(_ id: String, name: String) async throws {
        try await around("terminate") { try await market.terminate(id, name: name) }
    }

    func words(_ error: any Error) -> String { market.words(error) }
}

import CallProtocol
import Market
import Synchronization

/// A provider without a network, which does what a test tells it.
final class FakeMarket: Market, MarketSource {
    struct State {
        var offers: [Offer] = []
        var instances: [RentedInstance] = []
        var orders: [RentOrder] = []
        /// The answers to the next creates; with `created` it is made, whatever the id says.
        var outcomes: [CreateOutcome] = []
        /// Whether what is answered as unclear was made all the same.
        var makesUnclear = false
        var listingFault: String?
        var listsNothing = false
        var getFault: String?
        /// Whether ends are taken and not carried out.
        var ignoresEnds = false
        var ends: [String] = []
        var listings = 0
        /// What its key is told by.
        var account: String? = "one"
        var next = 1
    }

    let name = "acme"
    let currency = "USD"
    let idVariable: String? = "ACME_ID"
    let selfRelease: SelfRelease? = nil
    private let state = Mutex(State())

    init(prices: Double...) {
        state.withLock { $0.offers = prices.enumerated().map { Self.offer("o\($0.offset + 1)", $0.element) } }
    }

    static func offer(_ id: String, _ price: Double) -> Offer {
        Offer(id: id, provider: "acme", price: price, currency: "USD")
    }

    @discardableResult
    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    var markets: [any Market] { [self] }
    func market(_ name: String) -> (any Market)? { name == self.name ? self : nil }

    var instances: [RentedInstance] { state.withLock { $0.instances } }
    var orders: [RentOrder] { state.withLock { $0.orders } }

    func account() async throws -> String? { state.withLock { $0.account } }

    func offers(_ wish: RentWish) async throws -> OfferList {
        var list = OfferList()
        list.offers = state.withLock { $0.offers }.filter { $0.price <= wish.maxPrice ?? .infinity }
        return list
    }

    func create(_ order: RentOrder) async -> CreateOutcome {
        state.withLock { state in
            state.orders.append(order)
            let outcome = state.outcomes.isEmpty ? .created(id: "") : state.outcomes.removeFirst()
            switch outcome {
            case .refused: return outcome
            case .unclear where !state.makesUnclear: return outcome
            case .created, .unclear:
                let id = "i-\(state.next)"
                state.next += 1
                var made = RentedInstance(id: id, status: .running)
                (made.name, made.price) = (order.name, order.offer.price)
                state.instances.append(made)
                if case .unclear = outcome { return outcome }
                return .created(id: id)
            }
        }
    }

    func instances() async throws -> [RentedInstance] {
        try state.withLock { state in
            state.listings += 1
            if let fault = state.listingFault { throw CallError(.unavailable, fault) }
            return state.listsNothing ? [] : state.instances
        }
    }

    func instance(_ id: String, name: String) async throws -> RentedInstance? {
        try state.withLock { state in
            if let fault = state.getFault { throw CallError(.unavailable, fault) }
            return state.instances.first { $0.id == id }
        }
    }

    func terminate(_ id: String, name: String) async throws {
        state.withLock { state in
            state.ends.append(id)
            if !state.ignoresEnds { state.instances.removeAll { $0.id == id } }
        }
    }

    func words(_ error: any Error) -> String { (error as? CallError)?.message ?? "\(error)" }

    /// Puts somebody else's instance, or whatever a test needs, into the account.
    func plant(_ id: String, name: String, price: Double = 1) {
        var instance = RentedInstance(id: id, status: .running)
        (instance.name, instance.price) = (name, price)
        state.withLock { $0.instances.append(instance) }
    }
}

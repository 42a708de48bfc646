import Market

/// One account, imported under two names.
struct TwoNames: MarketSource {
    let market: FakeMarket

    var markets: [any Market] { [market, SecondName(market: market)] }
    func market(_ name: String) -> (any Market)? { markets.first { $0.name == name } }
}

private struct SecondName: Market {
    let market: FakeMarket

    let name = "acme-too"
    var currency: String { market.currency }
    var idVariable: String? { market.idVariable }
    var selfRelease: SelfRelease? { nil }

    func account() async throws -> String? { try await market.account() }
    func offers(_ wish: RentWish) async throws -> OfferList { OfferList() }
    func create(_ order: RentOrder) async -> CreateOutcome { .refused(.stop, words: "not here") }
    func instances() async throws -> [RentedInstance] { try await market.instances() }
    func instance(_ id: String, name: String) async throws -> RentedInstance? {
        try await market.instance(id, name: name)
    }
    func terminate(_ id: String, name: String) async throws { try await market.terminate(id, name: name) }
    func words(_ error: any Error) -> String { market.words(error) }
}

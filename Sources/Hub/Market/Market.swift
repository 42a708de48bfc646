/// A provider that machines are rented from, in the words of all providers.
package protocol Market: Sendable {
    var name: String { get }
    /// What prices are in.
    var currency: String { get }

    /// What changes when another key is used, of which another account may be; nil where there is none. No key can be had from it.
    /// - Throws: where the key cannot be read.
    func account() async throws -> String?

    /// What it rents out that fits, the cheapest first.
    /// - Throws: where its offers could not be had or read: then nothing is known.
    func offers(_ wish: RentWish) async throws -> OfferList

    /// Asks for what was ordered, once. Whoever calls has written down before that they will.
    func create(_ order: RentOrder) async -> CreateOutcome

    /// Everything in the account, of whoever it is.
    /// - Throws: where it could not be listed or read: then nothing is known.
    func instances() async throws -> [RentedInstance]

    /// What the provider says of one; nil where it says that there is none.
    func instance(_ id: String, name: String) async throws -> RentedInstance?

    /// Asks for the end of one. That it was asked proves nothing: only its absence in a later listing does.
    /// - Throws: where the provider did not take it. That there is no such instance is no error.
    func terminate(_ id: String, name: String) async throws

    /// The variable that has the instance's id inside; nil where the provider sets none.
    var idVariable: String? { get }

    /// How a machine gives itself back; nil where all it can do is to end.
    var selfRelease: SelfRelease? { get }

    /// What an error says in the provider's own words.
    func words(_ error: any Error) -> String
}

/// The providers that machines can be rented from now.
package protocol MarketSource: Sendable {
    var markets: [any Market] { get }
    func market(_ name: String) -> (any Market)?
}

/// How the wish to rent something ended.
package enum CreateOutcome: Sendable, Equatable {
    case created(id: String)
    /// Nothing was made, in the provider's words.
    case refused(ErrorMeaning, words: String)
    /// Something may have been made: a listing has to tell.
    case unclear(words: String)
}

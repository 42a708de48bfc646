import CallProtocol
import Core
import Formats
package import Mapping

/// A provider that machines are rented from, in the words of all providers.
package struct RentalProvider: Sendable {
    package let name: String
    let rent: RentMapping
    let operations: [String: ProviderOperation]
    let caller: ProviderCaller

    /// How the wish to rent something ended.
    package enum CreateOutcome: Sendable, Equatable {
        case created(id: String)
        /// Nothing was made, in the provider's words.
        case refused(ErrorMeaning, words: String)
        /// Something may have been made: a listing has to tell.
        case unclear(words: String)
    }

    /// Nil for a provider without machines.
    init?(_ provider: LoadedProvider, _ caller: ProviderCaller) {
        guard let rent = provider.mapping.rent else { return nil }
        (name, self.rent) = (provider.source.name, rent)
        (operations, self.caller) = (provider.operations, caller)
    }

    /// What it rents out that fits, the cheapest first.
    /// - Throws: where one of its listings could not be had or read: then nothing is known.
    package func offers(_ wish: RentWish) async throws -> [Offer] {
        var offers: [Offer] = []
        for listing in rent.offers where listing.suits(wish) {
            let answer = try await ask(listing.call, ["want": wish.json])
            offers += try listing.offers(
                answer, wish: wish, provider: name, currency: rent.currency, now: RFC3339.now() / 1_000)
        }
        return offers.filter(wish.isMet).sorted { ($0.price, $0.id) < ($1.price, $1.id) }
    }

    /// Asks for what was ordered, once. Whoever calls has written down before that they will.
    package func create(_ order: RentOrder) async -> CreateOutcome {
        do {
            return .created(id: try rent.id(created: try await ask(rent.create, order.names)))
        } catch {
            let failure = Self.failure(error)
            let (meaning, words) = rent.meaning(of: failure, creating: true)
            return meaning == .reconcile ? .unclear(words: words) : .refused(meaning, words: words)
        }
    }

    /// Everything in the account, of whoever it is.
    /// - Throws: where it could not be listed or read: then nothing is known.
    package func instances() async throws -> [RentedInstance] {
        try rent.instances(listed: try await ask(rent.list, [:]))
    }

    /// What the provider says of one; nil where it says that there is none.
    package func instance(_ id: String, name: String) async throws -> RentedInstance? {
        do {
            return try rent.instance(got: try await ask(rent.get, ["id": .string(id), "name": .string(name)]))
        } catch let error as CallError where error.code.rawValue == "HTTP_404" { return nil }
    }

    /// Asks for the end of one. That it was asked proves nothing: only its absence in a later listing does.
    /// - Throws: where the provider did not take it. That there is no such instance is no error.
    package func terminate(_ id: String, name: String) async throws {
        do {
            _ = try await ask(rent.terminate, ["id": .string(id), "name": .string(name)])
        } catch let error as CallError where error.code.rawValue == "HTTP_404" {}
    }

    /// What an error says in the provider's own words.
    package func words(_ error: any Error) -> String { rent.meaning(of: Self.failure(error), creating: false).words }

    /// What is called with what it takes, and an answer that its mapping calls one.
    private func ask(_ call: MappedCall, _ names: [String: JSONValue]) async throws -> JSONValue {
        guard let operation = operations[call.operation] else {
            throw CallError(
                .failedPrecondition, "the mapping calls \(call.operation), and \(name) has no such operation")
        }
        let answer = try await caller.call(operation, try call.input(names))
        try rent.require(answer, of: call.operation)
        return answer
    }

    private static func failure(_ error: any Error) -> CallError {
        if let error = error as? CallError { return error }
        return CallError(.timeout, "the call ended before the answer came", details: ["mayHaveHappened": true])
    }
}

extension RentWish {
    /// Whether an offer has all that is wanted. What a provider does not say of it does not count against it.
    package func isMet(_ offer: Offer) -> Bool {
        func atLeast<Amount: Comparable>(_ has: Amount?, _ wanted: Amount?) -> Bool {
            guard let has, let wanted else { return true }
            return has >= wanted
        }
        guard offer.gpus >= gpus, gpus > 0 || offer.gpus == 0, spot || !offer.spot, offer.availability != .none,
            atLeast(offer.vram, vram), atLeast(offer.cpus, cpus), atLeast(offer.memory, memory),
            atLeast(offer.disk, disk)
        else { return false }
        if let maxPrice, offer.price > maxPrice { return false }
        if let gpuModel, !Placement.GPUModel.matches(wanted: gpuModel, actual: offer.gpuModel) { return false }
        guard let region = region?.lowercased() else { return true }
        return [offer.region, offer.country].contains { $0?.lowercased() == region }
            || offer.region?.lowercased().hasPrefix(region + "-") == true
    }
}

import CallProtocol
import Core
import Formats
import Mapping
package import Market
import OpenAPI
import Operations

/// A provider that machines are rented from, by its mapping.
package struct RentalProvider: Market {
    package let name: String
    package var currency: String { rent.currency }
    package var idVariable: String? { rent.bootstrap.id }

    package var selfRelease: SelfRelease? {
        guard let release = rent.bootstrap.release else { return nil }
        guard release.url.hasPrefix("/") else {
            return SelfRelease(method: release.method, url: release.url, headers: release.headers)
        }
        // Beside what creates: where the machine is known, it can be given back.
        let server = operations[rent.create.operation]?.operation.server?.origin
        return server.map { SelfRelease(method: release.method, url: "\($0)\(release.url)", headers: release.headers) }
    }

    let rent: RentMapping
    let operations: [String: ProviderOperation]
    let caller: ProviderCaller

    /// Nil for a provider without machines.
    init?(_ provider: LoadedProvider, _ caller: ProviderCaller) {
        guard provider.view.rents, let rent = provider.mapping.rent else { return nil }
        (name, self.rent) = (provider.source.name, rent)
        (operations, self.caller) = (provider.operations, caller)
    }

    package func offers(_ wish: RentWish) async throws -> OfferList {
        var all = OfferList()
        for listing in rent.offers where try listing.suits(wish) {
            let answer = try await ask(listing.call, ["want": wish.json])
            let found = try listing.offers(
                answer, wish: wish, provider: name, currency: rent.currency, now: RFC3339.now() / 1_000)
            all.offers += found.offers.filter(wish.isMet)
            all.isPartial = all.isPartial || found.isPartial
            all.unreadable += found.unreadable
        }
        all.offers.sort { ($0.price, $0.id) < ($1.price, $1.id) }
        return all
    }

    package func create(_ order: RentOrder) async -> CreateOutcome {
        do {
            return .created(id: try rent.id(created: try await ask(rent.create, order.names)))
        } catch {
            let failure = Self.failure(error)
            let (meaning, words) = rent.meaning(of: failure, creating: true)
            return meaning == .reconcile ? .unclear(words: words) : .refused(meaning, words: words)
        }
    }

    package func instances() async throws -> [RentedInstance] {
        try rent.instances(listed: try await ask(rent.list, [:]))
    }

    package func instance(_ id: String, name: String) async throws -> RentedInstance? {
        do {
            return try rent.instance(got: try await ask(rent.get, ["id": .string(id), "name": .string(name)]))
        } catch let error as CallError where error.code.rawValue == "HTTP_404" { return nil }
    }

    package func terminate(_ id: String, name: String) async throws {
        do {
            _ = try await ask(rent.terminate, ["id": .string(id), "name": .string(name)])
        } catch let error as CallError where error.code.rawValue == "HTTP_404" {}
    }

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
    /// Cards have a little less memory than they are called by.
    private static let nominal = 0.97

    /// Whether an offer has all that is wanted. What a provider does not say of it does not count against it.
    package func isMet(_ offer: Offer) -> Bool {
        func atLeast<Amount: Comparable>(_ has: Amount?, _ wanted: Amount?) -> Bool {
            guard let has, let wanted else { return true }
            return has >= wanted
        }
        guard offer.gpus >= gpus, gpus > 0 || offer.gpus == 0, spot || !offer.spot, offer.availability != .none,
            atLeast(offer.vram, vram.map { Int64(Double($0) * Self.nominal) }), atLeast(offer.cpus, cpus),
            atLeast(offer.memory, memory), atLeast(offer.disk, disk)
        else { return false }
        if let maxPrice, offer.price > maxPrice { return false }
        if let gpuModel, !Placement.GPUModel.matches(wanted: gpuModel, actual: offer.gpuModel) { return false }
        return region.map { Self.lies(offer, in: $0.lowercased()) } ?? true
    }

    /// The whole region, its beginning up to a dash, one of its words, or the country.
    private static func lies(_ offer: Offer, in place: String) -> Bool {
        guard let region = offer.region?.lowercased() else { return offer.country?.lowercased() == place }
        return region == place || region.hasPrefix(place + "-") || offer.country?.lowercased() == place
            || region.split { !$0.isLetter && !$0.isNumber }.contains { $0 == place }
    }
}

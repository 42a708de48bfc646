import CallProtocol
import Core
import Crypto
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
    let preparations: Preparations

    /// Nil for a provider without machines.
    init?(_ provider: LoadedProvider, _ caller: ProviderCaller) {
        guard provider.view.rents, let rent = provider.mapping.rent else { return nil }
        (name, self.rent) = (provider.source.name, rent)
        (operations, self.caller, preparations) = (provider.operations, caller, provider.preparations)
    }

    package func account() async throws -> String? {
        let credentials = try await caller.secrets.credentials(caller.sources)
        guard !credentials.isEmpty else { return nil }
        var hash = SHA256()
        hash.update(data: Array(name.utf8))
        for credential in credentials { hash.update(data: [0] + Array(credential.secret.utf8)) }
        return hash.finalize().prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    package func offers(_ wish: RentWish) async throws -> OfferList {
        var all = OfferList()
        for listing in rent.offers where try listing.suits(wish) {
            let answer = try await ask(listing.call, ["want": wish.json])
            let found = try listing.offers(
                answer, wish: wish, provider: name, currency: rent.currency, now: RFC3339.now() / 1_000)
            all.offers += wish.met(by: found.offers)
            all.isPartial = all.isPartial || found.isPartial
            all.unreadable += found.unreadable
        }
        all.offers.sort { ($0.price, $0.id) < ($1.price, $1.id) }
        return all
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

    /// What is called with what it takes, and an answer that its mapping calls one; null where the answer goes on and on, after
    /// its end.
    func ask(_ call: MappedCall, _ names: [String: JSONValue]) async throws -> JSONValue {
        guard let operation = operations[call.operation] else {
            throw CallError(
                .failedPrecondition, "the mapping calls \(call.operation), and \(name) has no such operation")
        }
        let input = try call.input(names)
        if let form = operation.operation.stream {
            let sink = OutputSink { try rent.require(try $0.value(), of: call.operation) }
            try await caller.stream(operation, input, form, sink)
            return .null
        }
        let answer = try await caller.call(operation, input)
        try rent.require(answer, of: call.operation)
        return answer
    }

    static func failure(_ error: any Error) -> CallError {
        if let error = error as? CallError { return error }
        return CallError(.timeout, "the call ended before the answer came", details: ["mayHaveHappened": true])
    }
}

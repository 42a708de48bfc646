import CallProtocol
import Core
import Market
import Operations

/// What is not done to a provider while machines of it may cost something.
extension ProviderService {
    /// What is rented would be looked for in another account, not be found there, and be taken for gone.
    func requireSameAccount(_ before: LoadedProvider?, _ after: LoadedProvider) async throws {
        guard let before,
            before.source.credentials != after.source.credentials || before.source.server != after.source.server
                || before.view.rents && !after.view.rents,
            case let count = try await shelf.rented(after.source.name), count > 0
        else { return }
        throw CallError(
            .failedPrecondition,
            "\(count == 1 ? "a machine is" : "\(count) machines are") rented from \(after.source.name): its server, "
                + "credentials and way of renting stay as they are until they are released")
    }

    /// A machine whose row has ended, or that never had one, is found by a listing alone, and by nobody when its provider is gone.
    func requireNothingLeft(at name: String) async throws {
        try await shelf.requireNothingRented(from: name)
        guard try await shelf.hasRented(name) else { return }
        guard let market = market(name) else { throw Self.unseen(name, "it cannot be read") }
        let found: [RentedInstance]
        do { found = try await market.instances() } catch { throw Self.unseen(name, market.words(error)) }
        let left = try await shelf.own(found)
        guard let first = left.first else { return }
        throw CallError(
            .failedPrecondition,
            "\(name) lists \(left.count == 1 ? first : "\(first) and \(left.count - 1) more") of this hub's, which costs on: "
                + "the hub ends it within minutes, capstan instance list shows it; with force \(name) is forgotten before"
        )
    }

    private static func unseen(_ name: String, _ reason: String) -> CallError {
        CallError(
            .failedPrecondition,
            "machines were rented from \(name), and whether one is left cannot be seen: \(reason); with force it is forgotten "
                + "all the same")
    }
}

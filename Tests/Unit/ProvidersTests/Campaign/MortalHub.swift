import CallProtocol
import Formats
import Foundation
import Link
import Logging
import Market
import NIOPosix
import Store
import Synchronization
import TestKit

@testable import Core
@testable import Operations
@testable import Providers

/// A hub in a directory, that is killed and started again; time is a test's.
final class MortalHub: Sendable {
    let core: HubCore
    let store: HubStore
    let service: ProviderService
    private let http: ProviderHTTP
    private let running: Task<Void, Never>

    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - death: nil for a hub that lives.
    init(
        in folder: String, key: PeerKey, token: String, now: @escaping @Sendable () -> Int64, death: Death?
    ) async throws {
        store = try HubStore(path: folder + "/hub.db")
        http = ProviderHTTP(on: MultiThreadedEventLoopGroup.singleton)
        var logger = Logger(label: "hub")
        logger.logLevel = .critical
        let secrets = CredentialReader(
            variable: { _ in token }, file: { _ in throw CancellationError() },
            program: { _ in throw CancellationError() })
        let service = ProviderService(
            shelf: ProviderShelf(store), http: http, secrets: secrets, logger: logger, firstPause: .milliseconds(1))
        self.service = service
        await service.load()
        var configuration = HubConfiguration(
            stateDirectory: folder, advertised: [HostPort(host: "hub.test", port: 7443)], software: "test")
        configuration.drainMs = 1
        let clock = HubClock(now: now, monotonic: now) { try await Task.sleep(for: min($0, .milliseconds(2))) }
        var markets: any MarketSource = service
        if let death { markets = DeadlyMarkets(source: service, death: death) }
        let core = try await HubCore(
            configuration: configuration, key: key, store: store, clock: clock, logger: logger,
            more: service.entries, source: service, markets: markets)
        self.core = core
        running = Task { await core.run() }
    }

    /// Nothing more is written from here on, and nothing that is under way is waited for.
    func kill() async {
        try? await store.close()
        running.cancel()
        core.stop(GoAway(code: .shutdown, reason: "killed"))
        await http.shutdown()
        await running.value
    }

    func call(_ name: String, _ input: some Encodable) async throws -> RawJSON {
        let own = service.entries + core.instanceEntries
        guard let entry = own.first(where: { $0.descriptor.name == name }), case .unary(let body) = entry.handler else {
            throw CallError(.notFound, "no \(name)")
        }
        let text = try JSONCoding.encode(input)
        return try await body(
            text, CallContext(id: "1", caller: ProviderFixture.admin, operation: name, input: text))
    }

    var rows: [RentedRow] {
        get async throws { try await store.read { try $0.openInstances() }.map(RentedRow.init) }
    }
}

import CallProtocol
import Core
import Formats
import Glibc
import Harness
import Link
import Logging
import Operations
import Store

/// 1,000 queued workloads of 100 different wishes, and 10,000 offers: how long a hub takes until each has its machine written
/// down as wished for, with what it may cost held back under a budget.
///
/// For each line it starts a hub on a fresh store and answers `WORKLOADS SECONDS CPU-SECONDS`, from the hub's start.
struct RentSide {
    let folder: String
    private static let (offers, queued, wishes) = (10_000, 1_000, 100)

    func run() async throws {
        let market = LargeMarket(offers: Self.offers)
        LoadCommands.announce("ready")
        var round = 0
        for await _ in LoadCommands.lines() {
            let path = "\(folder)/rent-\(round).db"
            round += 1
            let store = try HubStore(path: path)
            try await Self.queue(store)
            LoadCommands.announce(try await Self.match(market, store, folder))
            try await store.close()
            for suffix in ["", "-wal", "-shm", ".reserve"] { unlink(path + suffix) }
        }
    }

    private static func match(_ market: LargeMarket, _ store: HubStore, _ folder: String) async throws -> String {
        let configuration = HubConfiguration(
            stateDirectory: folder, advertised: [HostPort(host: "127.0.0.1", port: 1)], software: "capstan-bench")
        let core = try await HubCore(
            configuration: configuration, key: PeerKey(), store: store, clock: .system { RFC3339.now() },
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }, markets: market)
        let (start, used) = (LoadLoop.now(), LoadLoop.processorTime())
        let running = Task { await core.run() }
        var waiting = queued
        while waiting > 0 {
            try await Task.sleep(for: .milliseconds(5))
            waiting = try await store.read { queued - (try $0.instances(limit: queued).count) }
        }
        let (seconds, cpu) = (Double(LoadLoop.now() - start) / 1e9, LoadLoop.processorTime() - used)
        running.cancel()
        await running.value
        return "\(queued) \(seconds) \(cpu)"
    }

    private static func queue(_ store: HubStore) async throws {
        let (generator, now) = (ULIDGenerator(), RFC3339.now())
        let rows = try (0..<queued).map { number in
            var spec = WorkloadSpec(cmd: ["true"])
            let wish = number % wishes
            (spec.gpus, spec.gpuModel) = (1 + wish % 4, LargeMarket.models[wish % LargeMarket.models.count])
            (spec.cpus, spec.memory) = (Double(1 + wish % 8), Int64(4 + wish / 10) << 30)
            var terms = RentTerms()
            terms.maxPrice = 2
            spec.rent = terms
            return WorkloadRecord(
                id: generator.next(at: now), name: "w\(number)", owner: "owner-\(number % 50)",
                spec: try JSONCoding.encode(spec).description, submittedAt: now)
        }
        try await store.write { transaction in
            try transaction.setBudget(
                BudgetRecord(
                    provider: "", period: .day, amount: 1e6, currency: "USD", setBy: "bench", setAt: now))
            for row in rows { _ = try transaction.submit(row) }
        }
    }
}

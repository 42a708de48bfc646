import CallProtocol
import Core
import Formats
import FoundationEssentials
import Link
import Logging
import Market
import NIOCore
import NIOPosix
import Operations
import Store
import Synchronization
import TestKit

/// A running hub without a network: a store in memory or in its directory, links from twins, and a clock that a test can push on.
final class HubFixture: Sendable {
    let core: HubCore
    let store: HubStore
    let key = PeerKey()
    let directory: String
    private let time: TestTime
    private let ids = ULIDGenerator()
    private let links = Mutex<[Link]>([])

    /// Runs `body` with a hub, and stops the hub afterwards whatever happened.
    static func with(
        lostAfterMs: Int64 = 600_000, onDisk: Bool = false, markets: (any MarketSource)? = nil,
        tunnels: TunnelPlace? = nil, _ body: (HubFixture) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/capstan-core-" + Hex.random(8)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let hub = try await HubFixture(directory, lostAfterMs, onDisk: onDisk, markets, tunnels)
        let running = Task { await hub.core.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(hub)) } catch { result = .failure(error) }
        for link in hub.links.withLock({ $0 }) { link.abort() }
        hub.core.stop(GoAway(code: .shutdown, reason: "the test is over"))
        running.cancel()
        await running.value
        try await hub.store.close()
        try result.get()
    }

    private init(
        _ directory: String, _ lostAfterMs: Int64, onDisk: Bool, _ markets: (any MarketSource)?, _ tunnels: TunnelPlace?
    ) async throws {
        self.directory = directory
        let time = TestTime()
        self.time = time
        store = onDisk ? try HubStore(path: directory + "/hub.db") : try HubStore.inMemory()
        var configuration = HubConfiguration(
            stateDirectory: directory, advertised: [HostPort(host: "hub.test", port: 7443)], software: "test")
        configuration.lostAfterMs = lostAfterMs
        configuration.tunnels = tunnels
        configuration.web = WebPlace(
            domain: "tunnels.test", isSecure: false, port: 80, reserved: [], isListeningSecure: false)
        // Pauses are cut short, so that what waits for its time has it soon; how much time has passed is the test's.
        let clock = HubClock(now: { time.wall }, monotonic: { time.now }) { duration in
            try await Task.sleep(for: min(duration, .milliseconds(10)))
        }
        var logger = Logger(label: "hub")
        logger.logLevel = .critical
        core = try await HubCore(
            configuration: configuration, key: key, store: store, clock: clock, logger: logger,
            more: ProviderStubs.entries, markets: markets)
    }

    /// The hub's time, in milliseconds.
    var now: Int64 { time.now }

    /// What its wall clock shows, in milliseconds.
    var wall: Int64 { time.wall }

    /// Lets time pass for the hub.
    func pass(_ milliseconds: Int64) { time.pass(milliseconds) }

    /// Sets the wall clock on, or back; the clock that only goes on takes no part in it.
    func jump(_ milliseconds: Int64) { time.jump(milliseconds) }

    /// Makes a peer with a key of its own.
    @discardableResult
    func add(
        _ kind: PeerRecord.Kind, _ name: String, key: PeerKey, role: String? = nil, labels: [String: String] = [:],
        state: PeerRecord.State = .active, sponsor: String? = nil
    ) async throws -> String {
        let record = PeerRecord(
            id: ids.next(at: time.now), kind: kind, name: name,
            labels: try JSONCoding.encode(labels).description, role: role, state: state, createdAt: time.now,
            sponsorId: sponsor)
        try await store.write { transaction in
            try transaction.insertPeer(
                record,
                key: PeerKeyRecord(
                    fingerprint: key.fingerprint.text, peerId: record.id, spki: Data(key.spki), addedAt: 0))
        }
        core.directory.put(Peer(record, fingerprints: [key.fingerprint]))
        return record.id
    }

    /// Makes a link to the hub with `key`; returns when the hub has said what it makes of it.
    func link(
        _ hello: Hello, key: PeerKey, accept: @escaping @Sendable (LinkStream, Link) -> Void = { _, _ in }
    ) async throws -> Link {
        let group = MultiThreadedEventLoopGroup.singleton
        let ready = group.next().makePromise(of: Link.self)
        let own = Hello(software: "hub", role: .hub, instance: String(repeating: "0", count: 32))
        let core = core
        try await LinkTwin.connect(
            dialler: LinkTwin.End(hello: hello, identity: Self.identity(key)) { TwinDelegate(ready, accept) },
            listener: LinkTwin.End(hello: own, identity: Self.identity(self.key)) { core.linkDelegate() }, on: group)
        let link = try await ready.futureResult.get()
        links.withLock { $0.append(link) }
        try await link.isAccepted.get()
        return link
    }

    private static func identity(_ key: PeerKey) -> PeerIdentity {
        PeerIdentity(fingerprint: key.fingerprint, spki: key.spki, address: "twin")
    }

    /// Makes a role of the operator's own.
    func addRole(_ name: String, _ grants: [Grant]) async throws {
        let text = try JSONCoding.encode(grants).description
        try await store.write { try $0.saveRole(RoleRecord(name: name, grants: text)) }
        try await core.directory.load(from: store)
    }

    /// A person's calls.
    func operator_(role: String = "admin", name: String = "op") async throws -> CallClient {
        let key = PeerKey()
        try await add(.operator_, name, key: key, role: role)
        let hello = Hello(software: "test", role: .operator_, instance: String(repeating: "b", count: 32))
        return CallClient(try await link(hello, key: key))
    }
}

/// The time of a test's hub.
final class TestTime: Sendable {
    private let state = Mutex((now: Int64(1_000_000), offset: Int64(0)))

    /// What has passed.
    var now: Int64 { state.withLock { $0.now } }

    /// What a clock on the wall shows.
    var wall: Int64 { state.withLock { $0.now + $0.offset } }

    func pass(_ more: Int64) { state.withLock { $0.now += more } }
    func jump(_ offset: Int64) { state.withLock { $0.offset += offset } }
}

import CallProtocol
import Core
import Formats
import FoundationEssentials
import Link
import Logging
import NIOCore
import NIOPosix
import Operations
import Store
import Synchronization
import TestKit

/// A hub's core behind a real port, with a clock that a test pushes on. The state of its spokes lies in its folder.
final class LiveHub: Sendable {
    let core: HubCore
    let folder: String
    private let listener: LinkListener
    private let clock: Passing

    static func with(_ body: (LiveHub) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/capstan-live-" + Hex.random(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let hub = try await LiveHub(folder)
        let running = Task { await hub.core.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(hub)) } catch { result = .failure(error) }
        await hub.listener.close()
        hub.core.stop(GoAway(code: .shutdown, reason: "the test is over"))
        running.cancel()
        await running.value
        try await hub.core.store.close()
        try result.get()
    }

    private init(_ folder: String) async throws {
        self.folder = folder
        let (store, key, clock) = (try HubStore.inMemory(), PeerKey(), Passing())
        try await store.write { transaction in
            try transaction.addHubKey(
                HubKeyRecord(fingerprint: key.fingerprint.text, spki: Data(key.spki), addedAt: 0))
        }
        self.clock = clock
        let hubClock = HubClock(now: { clock.now }, monotonic: { clock.now }) { duration in
            try await Task.sleep(for: min(duration, .milliseconds(10)))
        }
        let core = try await HubCore(
            configuration: HubConfiguration(stateDirectory: folder, advertised: [], software: "test"), key: key,
            store: store, clock: hubClock, logger: quiet, more: ProviderStubs.entries)
        self.core = core
        listener = try await LinkListener.bind(
            HostPort(host: "127.0.0.1", port: 0), key: key, group: MultiThreadedEventLoopGroup.singleton,
            hello: {
                var hello = Hello(software: "test", role: .hub, instance: String(repeating: "0", count: 32))
                hello.keyStatements = core.identity.statements
                return hello
            },
            delegate: { core.linkDelegate() })
    }

    /// Time that passes when it is told to.
    private final class Passing: Sendable {
        private let milliseconds = Mutex<Int64>(1_000_000)

        var now: Int64 { milliseconds.withLock { $0 } }

        func pass(_ more: Int64) { milliseconds.withLock { $0 += more } }
    }

    func pass(_ milliseconds: Int64) { clock.pass(milliseconds) }

    var address: HostPort { listener.address ?? HostPort(host: "127.0.0.1", port: 1) }

    /// Gives the hub a new key while it runs.
    func rotate(revoking: Bool = false) async throws {
        let next = PeerKey()
        try await HubSetup(directory: folder).rotate(
            from: core.key, to: next, revoking: revoking, in: core.store, at: core.clock.now())
        try await core.adopt(next, showingBy: listener)
    }

    /// Makes a peer, as enrolment would.
    func add(_ kind: PeerRecord.Kind, _ name: String, key: PeerKey, role: String? = nil) async throws -> String {
        let record = PeerRecord(
            id: ULIDGenerator().next(at: core.clock.now()), kind: kind, name: name, role: role, createdAt: 0)
        try await core.store.write { transaction in
            try transaction.insertPeer(
                record,
                key: PeerKeyRecord(
                    fingerprint: key.fingerprint.text, peerId: record.id, spki: Data(key.spki), addedAt: 0))
        }
        core.directory.put(Peer(record, fingerprints: [key.fingerprint]))
        return record.id
    }

    /// Whether the hub accepts a link with this key.
    func accepts(_ key: PeerKey, role: Hello.Role = .spoke) async throws -> Bool {
        var hello = Hello(software: "test", role: role, instance: Hex.random(16))
        (hello.link, hello.slot) = (.bulk, 3)
        let link = try await dialler(key).dial([address], hello: hello) { _, _ in }
        defer { link.abort() }
        do {
            try await link.isAccepted.get()
            return true
        } catch let failure as StreamFailure {
            guard failure.code == .unauthenticated else { throw failure }
            return false
        }
    }

    func dialler(_ key: PeerKey) -> LinkDialler {
        LinkDialler(
            key: key, pins: HubPins([core.key.fingerprint]), group: MultiThreadedEventLoopGroup.singleton)
    }

    /// A person's calls.
    func operator_(_ body: (CallClient) async throws -> Void) async throws {
        let key = PeerKey()
        _ = try await add(.operator_, "op", key: key, role: "admin")
        let hello = Hello(software: "test", role: .operator_, instance: Hex.random(16))
        let link = try await dialler(key).dial([address], hello: hello) { _, _ in }
        defer { link.abort() }
        try await body(CallClient(link))
    }
}

/// A log that nobody reads.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

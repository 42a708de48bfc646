import Agent
import CallProtocol
import Core
import Daemon
import Link
import NIOPosix
import Operations
import Store
import TestKit
import Testing

/// A spoke of the real agent, with files of its own and little to serve.
struct LiveSpoke: Sendable {
    let hub: LiveHub
    let id: String
    let name: String
    let directory: StateDirectory
    /// What the agent told, in order.
    let told = Recorder<SpokeAgent.Status>()

    /// A spoke that has joined.
    init(_ hub: LiveHub, _ name: String, pins: [Fingerprint]? = nil) async throws {
        let key = PeerKey()
        self.hub = hub
        self.name = name
        directory = StateDirectory(path: hub.folder + "/" + name)
        try directory.create()
        id = try await hub.add(.spoke, name, key: key)
        try SpokeIdentity(
            key: key, peerId: id, name: name, hubFingerprints: pins ?? [hub.core.key.fingerprint],
            addresses: [hub.address]
        ).save(to: directory)
    }

    /// What lies on the disk now.
    var identity: SpokeIdentity {
        get throws {
            guard let identity = try SpokeIdentity.load(from: directory) else { throw FileError.notFound(name) }
            return identity
        }
    }

    func keyring() throws -> SpokeKeyring { SpokeKeyring(try identity, in: directory) }

    /// The key that waits to follow.
    func next() throws -> Fingerprint? { try keyring().nextKey()?.fingerprint }

    /// Waits until the key on the disk is this one.
    func keyBecomes(_ key: Fingerprint, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually(sourceLocation: sourceLocation) { try identity.key.fingerprint == key }
    }

    /// Waits until the hub keys on the disk are these.
    func pinsBecome(_ pins: [Fingerprint], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually(sourceLocation: sourceLocation) { try identity.hubFingerprints == pins }
    }

    /// Waits until no key waits to follow.
    func hasNoNext(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually(sourceLocation: sourceLocation) { try next() == nil }
    }

    var isConnected: Bool { hub.core.presence.link(id) != nil }

    /// Runs the agent beside the body.
    func run(_ body: () async throws -> Void) async throws {
        let bulk = BulkLinks()
        let registry = try OperationRegistry(Self.entries + bulk.entries)
        let agent = SpokeAgent(
            keyring: try keyring(), registry: registry, software: "test", operationsDigest: "",
            group: MultiThreadedEventLoopGroup.singleton, logger: quiet, bulk: bulk
        ) { told.add($0) }
        let running = Task { await agent.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        running.cancel()
        _ = await running.value
        try result.get()
    }

    /// What the hub asks a spoke for, and sessions that say what is said to them.
    private static let entries: [OperationEntry] = [
        HostOperations.facts.handled { _, _ in
            HostFacts(hostname: "live", os: "linux", arch: "x86_64", cpus: 1, memory: 1 << 30)
        },
        HostOperations.status.subscribed { _, _, _ in try await Task.sleep(for: .seconds(3_600)) },
        AttemptOperations.list.handled { _, _ in AttemptStatusList(attempts: []) },
        JournalOperations.watch.subscribed { _, _, sink in
            try await sink.send(JournalBatch(epoch: "e", acknowledged: 0, rows: []))
            try await Task.sleep(for: .seconds(3_600))
        },
        TTYOperations.open.sessioned { input, _, stream in
            try stream.accept(TTYOpened(session: input.cmd[0], stdinWindow: 1 << 20, pid: nil))
            while let part = try await stream.next() {
                if case .bytes(.stdin, let bytes) = part { try await stream.send(.stdout, bytes) }
            }
        },
    ]
}

import Agent
import CallProtocol
import Crypto
import Harness
import Link
import Logging
import NIOPosix
import Operations

/// A spoke of the real kind, serving the echo instead of a machine.
enum SpokeSide {
    /// Dials a ``HubSide``, without enrolment.
    static func run(address: String, fingerprint: String) async throws {
        guard let address = HostPort(address), let pin = Fingerprint(text: fingerprint) else { throw Misuse() }
        try await serve(
            SpokeIdentity(key: PeerKey(), peerId: "bench", name: "bench", hubFingerprints: [pin], addresses: [address]),
            group())
    }

    /// Joins a real hub as the node `name`.
    static func run(token: String, name: String) async throws {
        let group = group()
        let token = try JoinToken(token)
        let key = PeerKey()
        let output = try await Enroller.join(
            token: token, name: name, labels: [:], facts: nil, key: key, group: group, software: "capstan-bench")
        try await serve(SpokeIdentity(key: key, token: token, output: output), group)
    }

    /// One thread, as the spoke's daemon has.
    private static func group() -> MultiThreadedEventLoopGroup { MultiThreadedEventLoopGroup(numberOfThreads: 1) }

    private static func serve(_ identity: SpokeIdentity, _ group: MultiThreadedEventLoopGroup) async throws {
        let registry = try EchoOperation.registry()
        let agent = SpokeAgent(
            identity: identity, registry: registry, software: "capstan-bench",
            operationsDigest: Hex.encode(SHA256.hash(data: registry.canonicalList)), group: group,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        ) { change in
            if case .connected = change { LoadCommands.announce("ready") }
        }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await agent.run() }
            await LoadCommands.untilTold()
            tasks.cancelAll()
        }
    }
}

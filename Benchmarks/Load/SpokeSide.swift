import Agent
import CallProtocol
import Crypto
import Harness
import Link
import Logging
import NIOPosix
import Operations
import SpokeOperations

/// A spoke of the real kind that also serves the echo.
enum SpokeSide {
    /// Dials a ``HubSide``, without enrolment; serves nothing but the echoes.
    static func run(address: String, fingerprint: String) async throws {
        guard let address = HostPort(address), let pin = Fingerprint(text: fingerprint) else { throw Misuse() }
        let identity = SpokeIdentity(
            key: PeerKey(), peerId: "bench", name: "bench", hubFingerprints: [pin], addresses: [address])
        await serve(try agent(identity, [EchoOperation.entry, StreamOperation.entry], group(), logger()))
    }

    /// Joins a real hub as the node `name`, with all that a node serves.
    static func run(token: String, name: String, stateDirectory: String) async throws {
        let (group, logger) = (group(), logger())
        let token = try JoinToken(token)
        let key = PeerKey()
        let output = try await Enroller.join(
            token: token, as: .spoke, name: name, labels: [:], facts: nil, key: key, group: group,
            software: "capstan-bench")
        let services = try SpokeServices(
            SpokeConfiguration(
                stateDirectory: stateDirectory, executable: "/bin/false",
                signer: {
                    NodeSigner(spki: key.spki, fingerprint: key.fingerprint.text) { try key.sign($0) }
                }, software: "capstan-bench", node: output.name),
            logger: logger)
        try await services.recover()
        let entries = services.entries + [EchoOperation.entry]
        let agent = try agent(
            SpokeIdentity(key: key, token: token, output: output), entries + OperationOperations.entries(entries),
            group,
            logger)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await services.run() }
            await serve(agent)
            tasks.cancelAll()
        }
        await services.shutdown(endSessions: true)
    }

    private static func logger() -> Logger { Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() } }

    /// One thread, as the spoke's daemon has.
    private static func group() -> MultiThreadedEventLoopGroup { MultiThreadedEventLoopGroup(numberOfThreads: 1) }

    private static func agent(
        _ identity: SpokeIdentity, _ entries: [OperationEntry], _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) throws -> SpokeAgent {
        let registry = try OperationRegistry(entries)
        return SpokeAgent(
            keyring: SpokeKeyring(identity, in: nil), registry: registry, software: "capstan-bench",
            operationsDigest: Hex.encode(SHA256.hash(data: registry.canonicalList)), group: group, logger: logger
        ) { change in
            if case .connected = change { LoadCommands.announce("ready") }
        }
    }

    /// Stays connected until stdin ends.
    private static func serve(_ agent: SpokeAgent) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { _ = await agent.run() }
            await LoadCommands.untilTold()
            tasks.cancelAll()
        }
    }
}

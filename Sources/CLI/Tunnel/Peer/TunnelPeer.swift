import Agent
import CallProtocol
import Crypto
import Daemon
import Formats
import Link
import Logging
import NIOPosix
import Operations
import SpokeOperations
import Synchronization

/// A machine without a spoke at the hub: a small spoke with a key of its own, which serves tunnels alone.
final class TunnelPeer: Sendable {
    struct State {
        var right: TunnelRight
        var agent: SpokeAgent
    }

    /// Where its key is.
    let directory: StateDirectory
    let source: (any BearerSource)?
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    let onAway: @Sendable (String) -> Void
    let state: Mutex<State>

    /// A right that was refused sooner after it was got is asked for with a pause.
    private static let soon = Duration.seconds(60)

    private init(
        _ right: TunnelRight, in directory: StateDirectory, source: (any BearerSource)?,
        group: MultiThreadedEventLoopGroup, logger: Logger, onAway: @escaping @Sendable (String) -> Void
    ) throws {
        (self.directory, self.source, self.group) = (directory, source, group)
        (self.logger, self.onAway) = (logger, onAway)
        let agent = try Self.agent(right.identity, in: directory, group: group, logger: logger, onAway: onAway)
        state = Mutex(State(right: right, agent: agent))
    }

    /// The peer whose key lies in a directory; enrolled first where there is none for this hub.
    /// - Parameters:
    ///   - hub: the keys of the hub that is meant; nil for whichever it is.
    ///   - source: by whose right; nil where the key alone is to do.
    ///   - onAway: told why there is no link to the hub, whenever there is none.
    /// - Throws: a ``Failure`` of exit code 78 where there is neither a key nor a source, 64 for another hub's key.
    static func open(
        in directory: StateDirectory, name: String, hub: [Fingerprint]? = nil, source: (any BearerSource)?,
        group: MultiThreadedEventLoopGroup, logger: Logger, onAway: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> TunnelPeer {
        try directory.create()
        if let identity = try SpokeIdentity.load(from: directory) {
            guard hub == nil || !Set(identity.hubFingerprints).isDisjoint(with: hub ?? []) else {
                throw Failure(
                    .conflict, "the key in \(directory.path) belongs to a tunnel of another hub",
                    advice: "give this one another --name")
            }
            let right = TunnelRight(identity: identity, validUntil: TunnelRightFile(directory).read())
            return try TunnelPeer(
                right, in: directory, source: source, group: group, logger: logger, onAway: onAway)
        }
        guard let source else {
            throw Failure.notConfigured(
                "this tunnel has no key of its own yet, and nobody is logged in here",
                advice: "capstan login TOKEN, or --credentials-helper PROGRAM")
        }
        let right = try await enrol(in: directory, as: name, by: source, mayBeAnother: true)
        return try TunnelPeer(right, in: directory, source: source, group: group, logger: logger, onAway: onAway)
    }

    /// The peer's id at the hub.
    var id: String { state.withLock { $0.right.identity.peerId } }

    /// Calls over its own link.
    var connector: HubConnector {
        let addresses = state.withLock { $0.right.identity.addresses }
        return HubConnector(to: addresses.map(\.description).joined(separator: ", ")) { [self] in
            while true {
                do { return try await state.withLock({ $0.agent }).link() } catch let error as CallError {
                    // Another may have taken its place.
                    try await Task.sleep(for: .milliseconds(100))
                    guard error.code == .unavailable else { throw error }
                }
            }
        }
    }

    /// Serves until the task is cancelled or ``stop()``.
    /// - Parameters:
    ///   - mayBeAnother: whether a new peer may take the place of one that the hub has removed; its tunnels are gone.
    ///   - tell: told why the hub does not take the key any more, before it is asked for anew.
    /// - Throws: a ``Failure`` of exit code 77 when there is no right any more.
    func run(mayBeAnother: Bool = false, _ tell: @escaping @Sendable (String) async -> Void) async throws {
        var hasAsked = false
        var backoff = DialBackoff()
        while true {
            let start = ContinuousClock.now
            let (agent, name) = state.withLock { ($0.agent, $0.right.identity.name) }
            let refusal = await withTaskGroup(of: String?.self) { group in
                group.addTask { await self.renew() }
                group.addTask { await agent.run() }
                // Renewing ends with the task alone.
                let refusal = await group.next() ?? nil
                group.cancelAll()
                return refusal
            }
            try Task.checkCancellation()
            guard let refusal else { return }
            await agent.stop(within: .zero)
            await tell(refusal)
            guard let source, source.isRenewable || !hasAsked else {
                throw Failure(.unauthenticated, "the hub does not take this machine as \(name) any more: \(refusal)")
            }
            // At once; but a right that does not help is not asked for over and over without a pause.
            if hasAsked, start.duration(to: .now) < Self.soon {
                try await Task.sleep(for: .seconds(max(1, backoff.next(random: .random(in: 0...1)))))
            } else {
                backoff.succeeded()
            }
            hasAsked = true
            try await ask(source, name, mayBeAnother: mayBeAnother)
        }
    }

    /// Serves while `body` works.
    /// - Throws: what `body` throws, or a ``Failure`` of exit code 77 when there is no right any more.
    func during<Value: Sendable>(
        mayBeAnother: Bool = false, _ body: @escaping @Sendable (HubConnector) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await self.run(mayBeAnother: mayBeAnother) { _ in }
                return nil
            }
            group.addTask { try await body(self.connector) }
            while let value = try await group.next() {
                guard let value else { continue }
                await stop()
                return value
            }
            throw CancellationError()
        }
    }

    /// Ends the link in order; what is under way has `limit` to finish.
    func stop(within limit: Duration = .seconds(1)) async {
        await state.withLock { $0.agent }.stop(within: limit)
    }

    static func agent(
        _ identity: SpokeIdentity, in directory: StateDirectory, group: MultiThreadedEventLoopGroup, logger: Logger,
        onAway: @escaping @Sendable (String) -> Void
    ) throws -> SpokeAgent {
        let bulk = BulkLinks()
        let registry = try OperationRegistry(TunnelService().entries + bulk.entries)
        // Its connections are counted at the hub; a line for each would drown what there is to read.
        let silence = Logger(label: "audit") { _ in SwiftLogNoOpLogHandler() }
        return SpokeAgent(
            keyring: SpokeKeyring(identity, in: directory), role: .tunnel, registry: registry,
            software: Version.software, operationsDigest: Hex.encode(SHA256.hash(data: registry.canonicalList)),
            group: group, logger: logger, bulk: bulk, auditLogger: silence
        ) { status in
            if case .disconnected(let reason) = status { onAway(reason) }
        }
    }
}

package import CallProtocol
import Formats
package import Link
package import Logging
package import Market
package import NIOCore
package import Operations
package import Store
import Synchronization

/// The hub's parts, made once and handed to each other; what happens to links; the loops that run while it lives.
package final class HubCore: Sendable {
    package let configuration: HubConfiguration
    package let identity: HubIdentity
    package let store: HubStore
    package let directory: PeerDirectory
    package let presence: Presence
    package let events: EventLog
    package let clock: HubClock
    package let logger: Logger
    let ids = ULIDGenerator()
    let deadlines = DeadlineQueue()
    let catalogs: NodeCatalogs
    let tunnelLinks: TunnelLinks
    let tunnels = TunnelTable()
    /// Changes of tunnels, one at a time.
    let tunnelChanges = AsyncSlots(1)
    private let web = Mutex<HostPort?>(nil)
    let operatorLinks = OperatorLinks()
    /// Those that are connected.
    let tunnelPeers = TunnelPeers()
    let enrolments = Enrolments()
    /// Changes of peers, their keys and roles, one at a time: what memory says follows what the store says.
    let peerChanges = AsyncSlots(1)
    let openLinks = OpenLinks()
    let enrolmentLimits: EnrolmentLimits
    let trail: AuditTrail
    let workloadTopics = ChangeTopics()
    let idempotencyTopics = ChangeTopics()
    /// The idempotency keys whose calls are under way.
    let claimsAtWork = Mutex<Set<String>>([])
    let archive: LogArchive
    let seal: EnvironmentSeal
    let schedulerSignal = ChangeSignal()
    let rentals: Rentals
    let startedAt: Int64
    let sessions = NodeSessions()
    let keyUses: AsyncStream<KeyUse>.Continuation
    private let keyUseStream: AsyncStream<KeyUse>
    private let servers = Mutex<(dispatcher: Dispatcher, router: CallRouter)?>(nil)
    /// First uses of announced keys that may wait; one that is dropped comes again with the peer's next link or call.
    private static let keyUseBacklog = 10_000

    /// Where HTTP is answered; nil while it is not.
    var webAddress: HostPort? { web.withLock { $0 } }

    /// HTTP is answered from now on.
    package func answersHTTP(at address: HostPort) {
        web.withLock { $0 = address }
        for tunnel in tunnels.all { tunnel.changed.fire() }
    }

    /// Counts a connection of the HTTP listener, until it is closed; false where there are too many.
    package func admit(_ connection: any Channel) -> Bool {
        guard tunnels.open.take(atMost: configuration.tunnelConnections) else { return false }
        connection.closeFuture.whenComplete { [tunnels] _ in tunnels.open.give() }
        return true
    }

    /// Loads the peers and puts the registry together.
    /// - Parameters:
    ///   - more: operations of the hub's own beside those of the core.
    ///   - source: operations that come and go.
    ///   - markets: the providers that machines can be rented from.
    package init(
        configuration: HubConfiguration, key: PeerKey, store: HubStore, clock: HubClock, logger: Logger,
        more: [OperationEntry] = [], source: (any OperationSource)? = nil, markets: (any MarketSource)? = nil
    ) async throws {
        self.configuration = configuration
        identity = HubIdentity(key: key, statements: try await store.read { try $0.keyStatements(to: key) })
        self.store = store
        self.clock = clock
        self.logger = logger
        directory = PeerDirectory()
        presence = Presence(graceMs: configuration.graceMs, monotonic: clock.monotonic)
        events = EventLog(store: store)
        enrolmentLimits = EnrolmentLimits(monotonic: clock.monotonic)
        catalogs = NodeCatalogs(deadlines: deadlines)
        tunnelLinks = TunnelLinks(presence: presence, directory: directory, deadlines: deadlines, clock: clock)
        trail = AuditTrail(directory: directory, events: events, clock: clock, logger: logger)
        rentals = Rentals(markets)
        seal = EnvironmentSeal(key: configuration.secretKey)
        archive = LogArchive(folder: configuration.stateDirectory + "/logs")
        startedAt = clock.now()
        (keyUseStream, keyUses) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.keyUseBacklog))
        try await directory.load(from: store)
        try await loadTunnels()
        let registry = try OperationRegistry(entries(more, source))
        let dispatcher = Dispatcher(
            registry: registry,
            source: source.map { RememberingSource($0, core: self) },
            deadlines: deadlines, logger: logger,
            audit: { [trail] event in
                let resource = registry[event.operation]?.descriptor.access.resource
                trail.note(event, isOfNode: resource?.kind == AccessRule.Resource.node)
            }, translate: { ($0 as? StoreError)?.callError },
            names: { [weak self] in try await self?.names(of: $0, meantBy: $1) ?? [] })
        let router = CallRouter(
            dispatcher: dispatcher, directory: directory, presence: presence, deadlines: deadlines,
            catalogs: catalogs, tunnelLinks: tunnelLinks, logger: logger,
            audit: { [trail] in trail.note($0, $1, $2) })
        servers.withLock { $0 = (dispatcher, router) }
    }

    private func entries(_ more: [OperationEntry], _ source: (any OperationSource)?) -> [OperationEntry] {
        let own =
            peerEntries + peerManagementEntries.map(remembered) + roleEntries.map(remembered)
            + nodeEntries.map(remembered) + tokenEntries
            + workloadEntries.map(remembered) + tunnelEntries.map(remembered) + eventEntries
            + instanceEntries.map(remembered) + budgetEntries.map(remembered) + poolEntries.map(remembered)
            + hubEntries + more.map(remembered)
        return own + OperationOperations.entries(own, source)
    }

    /// The key that the hub shows and signs with now.
    package var key: PeerKey { identity.key }

    /// Takes up the hub's new key: for receipts and tokens, and for connections to come; links that stand are not touched.
    package func adopt(_ key: PeerKey, showingBy listener: LinkListener) async throws {
        let statements = try await store.read { try $0.keyStatements(to: key) }
        let before = (key: identity.key, statements: identity.statements)
        // The statements first: with the old key they do no harm, the new key without them would be a stranger's.
        identity.adopt(key, statements: statements)
        do {
            try listener.show(key)
        } catch {
            identity.adopt(before.key, statements: before.statements)
            throw error
        }
        events.wrote()
        logger.notice("hub key rotated", metadata: ["key": .string(key.fingerprint.text)])
    }

    /// Where streams of links go.
    var router: CallRouter { server.router }

    private var dispatcher: Dispatcher { server.dispatcher }

    private var server: (dispatcher: Dispatcher, router: CallRouter) {
        guard let server = servers.withLock({ $0 }) else { preconditionFailure("the servers are made in init") }
        return server
    }

    /// What a fresh connection is judged by.
    package func linkDelegate() -> any LinkDelegate { HubLinkDelegate(core: self) }

    /// Who a peer is at this moment; a peer that is gone has no rights, nor has a key that was replaced.
    func caller(_ id: String, key: Fingerprint) -> Caller {
        guard directory.holds(id, key), let peer = directory[id] else {
            return Caller(peer: id, name: id, role: "none", grants: [])
        }
        var caller = directory.caller(peer)
        caller.key = key.text
        return caller
    }

    /// Runs until its task is cancelled or the hub is stopped: sessions, scheduler, presence, audit log. Returns when the
    /// last link has ended, and what happened over it is written.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.trail.run() }
            group.addTask { for await use in self.keyUseStream { await self.take(use) } }
            group.addTask { await PresenceLoop(core: self).run() }
            group.addTask { await Scheduler(core: self).run() }
            group.addTask { await OrderSweep(core: self).run() }
            group.addTask { await Housekeeping(core: self).run() }
            if rentals.source != nil {
                group.addTask { await self.runRenting() }
            }
            group.addTask { await self.runTunnels() }
            group.addTask { await self.watchTunnelPeers() }
            for await session in sessions.arrivals {
                // In the order of the links, and before the session compares lists: whoever finds none here, or an
                // older one, has written what it wanted to say before that comparison reads it.
                sessions.enter(session)?.retire()
                group.addTask {
                    await session.run()
                    self.sessions.leave(session)
                }
            }
            group.cancelAll()
        }
        let last = openLinks.close()
        for link in last { link.drain(GoAway(code: .shutdown, reason: "the hub is stopping"), within: drainLimit) }
        for link in last { _ = try? await link.end.get() }
        await trail.writeRest()
    }

    /// Says goodbye to every link and lets ``run()`` end, after ``HubConfiguration/drainMs`` at the latest.
    package func stop(_ goAway: GoAway) {
        dispatcher.endSubscriptions()
        for link in openLinks.close() { link.drain(goAway, within: drainLimit) }
        sessions.finish()
        keyUses.finish()
    }

    private var drainLimit: TimeAmount { .milliseconds(configuration.drainMs) }
}

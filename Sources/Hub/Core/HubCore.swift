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
    let refusedCalls: RefusedCalls
    private let repeatedCalls: RepeatedCalls
    let workloadTopics = ChangeTopics()
    let idempotencyTopics = ChangeTopics()
    /// The idempotency keys whose calls are under way.
    let claimsAtWork = Mutex<Set<String>>([])
    let archive: LogArchive
    let seal: EnvironmentSeal
    let schedulerSignal = ChangeSignal()
    let rentals: Rentals
    let startedAt: Int64
    private let sessions = Mutex<[String: NodeSession]>([:])
    private let newSessions: AsyncStream<NodeSession>.Continuation
    private let sessionStream: AsyncStream<NodeSession>
    private let keyUses: AsyncStream<KeyUse>.Continuation
    private let keyUseStream: AsyncStream<KeyUse>
    private let untold = EventQueue()
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
        refusedCalls = RefusedCalls(monotonic: clock.monotonic)
        repeatedCalls = RepeatedCalls(monotonic: clock.monotonic)
        rentals = Rentals(markets)
        seal = EnvironmentSeal(key: configuration.secretKey)
        archive = LogArchive(folder: configuration.stateDirectory + "/logs")
        startedAt = clock.now()
        (sessionStream, newSessions) = AsyncStream.makeStream()
        (keyUseStream, keyUses) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.keyUseBacklog))
        try await directory.load(from: store)
        try await loadTunnels()
        let dispatcher = Dispatcher(
            registry: try OperationRegistry(entries(more, source)),
            source: source.map { RememberingSource($0, core: self) },
            deadlines: deadlines, logger: logger,
            audit: { [weak self] in self?.audit($0) }, translate: { ($0 as? StoreError)?.callError },
            names: { [weak self] in try await self?.names(of: $0, meantBy: $1) ?? [] })
        let router = CallRouter(
            dispatcher: dispatcher, directory: directory, presence: presence, deadlines: deadlines,
            catalogs: catalogs, tunnelLinks: tunnelLinks, logger: logger,
            audit: { [weak self] in self?.audit($0, $1, $2) })
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
            group.addTask { await self.writeEvents() }
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
            for await session in sessionStream {
                // In the order of the links, and before the session compares lists: whoever finds none here, or an
                // older one, has written what it wanted to say before that comparison reads it.
                let replaced = sessions.withLock { sessions in
                    defer { sessions[session.node] = session }
                    return sessions[session.node]
                }
                replaced?.retire()
                group.addTask { await self.serve(session) }
            }
            group.cancelAll()
        }
        let last = openLinks.close()
        for link in last { link.drain(GoAway(code: .shutdown, reason: "the hub is stopping"), within: drainLimit) }
        for link in last { _ = try? await link.end.get() }
        await writeEvents(untold.take())
    }

    /// Says goodbye to every link and lets ``run()`` end, after ``HubConfiguration/drainMs`` at the latest.
    package func stop(_ goAway: GoAway) {
        dispatcher.endSubscriptions()
        for link in openLinks.close() { link.drain(goAway, within: drainLimit) }
        newSessions.finish()
        keyUses.finish()
    }

    private var drainLimit: TimeAmount { .milliseconds(configuration.drainMs) }
}

// MARK: - Links

extension HubCore {
    func linkReady(_ link: Link, peer id: String) {
        guard let peer = directory[id], directory.holds(id, link.peer.fingerprint) else {
            return link.dismiss(Self.removed)
        }
        guard peer.isEnabled else { return link.dismiss(Self.disabled(peer)) }
        if peer.announced?.fingerprint == link.peer.fingerprint {
            keyUses.yield(KeyUse(peer: id, key: link.peer.fingerprint))
        }
        guard peer.kind != .operator_ else { return }
        let arrival = presence.connect(id, link: link, at: clock.now())
        let superseded = GoAway(code: .superseded, reason: "a newer link of this \(peer.kind.rawValue) took over")
        arrival.replaced.dismiss(superseded)
        guard arrival.isAdmitted else { return link.dismiss(superseded) }
        // Approval and removal look for the link after they changed the peer, so the link looks for them after it can
        // be found.
        guard let peer = directory[id] else {
            presence.remove(id)?.dismiss(Self.removed)
            return
        }
        guard peer.isEnabled else { return link.dismiss(Self.disabled(peer)) }
        guard LinkSlot(link.hello) == .control else { return }
        logger.info(
            "\(peer.kind.word) connected",
            metadata: ["node": .string(peer.name), "address": .string(link.peer.address)])
        if peer.kind == .spoke { begin(link, peer) } else { tunnelPeers.insert(id) }
        tunnels.nodeChanged(id)
    }

    private static let removed = GoAway(
        code: .unauthenticated, reason: "this peer was removed, or has another key now")

    /// What a peer is told that was disabled. An operator's key is known, and a new token would be of no use; a spoke
    /// ends, as one does whose key is not welcome.
    static func disabled(_ peer: Peer) -> GoAway {
        GoAway(
            code: peer.kind == .operator_ ? .forbidden : .unauthenticated,
            reason: "\(peer.name) was disabled by an admin of this hub; it comes back with `capstan peer enable`")
    }

    /// Starts to work with an active node over its control link, once: after HELLO, or after approval.
    func begin(_ link: Link, _ peer: Peer) {
        guard peer.state == .active, presence.beginWork(peer.id, link: link) else { return }
        newSessions.yield(NodeSession(core: self, node: peer.id, name: peer.name, link: link))
    }

    func linkEnded(_ link: Link?, peer id: String, _ end: LinkEnd) {
        guard let peer = directory[id], let link,
            presence.disconnect(id, link: link, at: clock.now() - link.silence.nanoseconds / 1_000_000)
        else { return }
        tunnels.nodeChanged(id)
        tunnelPeers.remove(id)
        logger.info(
            "\(peer.kind.word) disconnected", metadata: ["node": .string(peer.name), "reason": .string(end.reason)])
    }

    private func serve(_ session: NodeSession) async {
        await session.run()
        sessions.withLock { sessions in
            if sessions[session.node] === session { sessions[session.node] = nil }
        }
    }

    /// The sessions whose nodes take orders.
    var readySessions: [NodeSession] { sessions.withLock { Array($0.values) }.filter(\.isReady) }

    /// The session that works with a node now.
    func session(_ node: String) -> NodeSession? { sessions.withLock { $0[node] } }

    func tellDuplicate(_ peer: Peer) {
        tell(
            EventDraft(
                at: clock.now(), kind: "peer.duplicate", severity: .security, node: peer.id, subject: peer.id,
                message: "two machines use the key of \(peer.name); the one that was connected stays"))
    }
}

// MARK: - Audit

extension HubCore {
    private func audit(_ event: AuditEvent) {
        // A node goes by its id; what else a text means is not looked up for an entry.
        let node = registryResource(event.operation) == AccessRule.Resource.node ? event.subject : nil
        record(
            caller: event.caller, role: event.role, operation: event.operation,
            node: node.flatMap { try? directory.node($0).id },
            subject: event.subject, error: event.error?.rawValue, isRefused: event.isRefused)
    }

    /// A mutation's first envelope is its whole result. A session's says that it was accepted; what its program did is
    /// between the two ends, so that only an end by force is told.
    private func audit(_ call: CallRouter.RoutedCall, _ answer: RoutedAnswer?, _ failure: StreamFailure?) {
        guard call.isAudited else { return }
        let broken = failure.map { CallError($0).code.rawValue }
        let error: String? =
            switch answer {
            case .error(let code): code?.rawValue ?? "unread"
            case .aborted: ErrorCode.aborted.rawValue
            case .responded: call.kind == .mutation ? nil : broken
            case .unread: broken
            case nil: call.refusal?.rawValue ?? broken ?? "no answer"
            }
        // Each connection of a forward is a call: a browser makes hundreds in a minute.
        if call.isRelay {
            let words = [call.caller.peer, call.node, call.subject, error].map { $0 ?? "" }
            guard repeatedCalls.admits(words) else { return }
        }
        record(
            caller: call.caller.peer, role: call.caller.role, operation: call.operation, node: call.node,
            subject: call.subject, error: error, isRefused: call.refusal != nil, answer: answer?.word ?? "none")
    }

    private func registryResource(_ operation: String) -> String? {
        dispatcher.registry[operation]?.descriptor.access.resource?.kind
    }

    /// A caller's text is cut to so many characters.
    private static let subjectLength = 100

    private func record(
        caller: String, role: String, operation: String, node: String?, subject: String?, error: String?,
        isRefused: Bool, answer: String? = nil
    ) {
        // Whoever enrols can come with a new key each time: all of them count as one, and all that fails.
        let isStranger = role == Caller.enrolRole
        if isRefused || isStranger && error != nil, !refusedCalls.admits(isStranger ? role : caller) { return }
        var data: JSONValue = ["role": .string(role)]
        if let answer { data["answer"] = .string(answer) }
        data["result"] = .string(error ?? "ok")
        if let error { data["error"] = .string(error) }
        let subject = subject.map { String($0.prefix(Self.subjectLength)) }
        let name = directory[caller]?.name ?? caller
        let thing = subject.map { " of \($0)" } ?? ""
        let place = subject == nil ? node.flatMap { directory[$0]?.name }.map { " on \($0)" } ?? "" : ""
        let outcome = error.map { ": \($0)" } ?? ""
        tell(
            EventDraft(
                at: clock.now(), kind: "call." + operation, severity: error == nil ? .info : .warning, actor: caller,
                node: node, subject: subject, message: "\(name) called \(operation)\(thing)\(place)\(outcome)",
                data: "\(data)"))
    }

    /// Writes an event soon. Past the backlog it is dropped, and the log says so.
    func tell(_ draft: EventDraft) {
        if !untold.add(draft) {
            logger.error("event dropped: the store is too slow", metadata: ["kind": .string(draft.kind)])
        }
    }

    private func writeEvents() async {
        while !Task.isCancelled {
            let mark = untold.mark
            await writeEvents(untold.take())
            do { try await untold.wait(after: mark) } catch { return }
        }
    }

    private func writeEvents(_ drafts: [EventDraft]) async {
        guard !drafts.isEmpty else { return }
        do {
            try await events.append(drafts)
        } catch {
            logger.error(
                "events not written",
                metadata: ["count": .stringConvertible(drafts.count), "error": .string("\(error)")])
        }
    }
}

extension StoreError {
    /// The same in the terms of a call.
    package var callError: CallError {
        switch self {
        case .diskFull, .overloaded: CallError(.resourceExhausted, description)
        case .conflict: CallError(.conflict, description)
        case .notFound: CallError(.notFound, description)
        case .closed: CallError(.unavailable, description)
        case .outdated, .unusable: CallError(.internalError, "the hub's store failed; its log says why")
        }
    }
}

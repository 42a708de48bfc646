package import CallProtocol
package import Link
package import Logging
package import NIOCore
package import Operations
import Synchronization

/// Being a spoke: keeps one control link to the hub, serves a registry on it, dials again when it is gone, or before that
/// when it is to be renewed, and changes its key when a next one lies in the state directory.
package final class SpokeAgent: Sendable {
    /// What is worth telling the outside, on change only: the same twice in a row is told once.
    package enum Status: Sendable, Hashable {
        case connected(node: String)
        case disconnected(reason: String)
        /// The hub knows this spoke by this key alone now.
        case keyRotated(Fingerprint)
        /// The hub will not have the next key; the old one stays.
        case keyRefused(Fingerprint, reason: String)
    }

    let keyring: SpokeKeyring
    /// What the hub is told that this is.
    let role: Hello.Role
    private let bulk: BulkLinks
    let dispatcher: Dispatcher
    /// What the hub may ask for others; for itself it may ask everything.
    let forUsers: [Grant]
    let software: String
    let operationsDigest: String
    let group: any EventLoopGroup
    /// A spoke's operations are short and leave what blocks to threads of its own.
    let executor: EventLoopTasks
    let logger: Logger
    let settings: LinkSettings
    private let clock: any Clock<Duration>
    let onStatus: @Sendable (Status) -> Void
    let instance = Hex.random(16)
    let state = Mutex(State())

    struct State {
        /// Accepted and not over; more than one only while an old one is finishing.
        var links: [Link] = []
        /// The next key that the last link announced.
        var announced: Fingerprint?
        var generation: UInt64 = 0
        /// Keeps the certificate of the key that was dialled with last.
        var dialler: LinkDialler?
        var isStopping = false
        /// The last that was told of the link.
        var told: Status?
        /// Who wants a link to call over.
        var waiting: [UInt64: CheckedContinuation<Link, any Error>] = [:]
        var waits: UInt64 = 0
        /// Whether no link follows.
        var isOver = false
    }

    /// - Parameters:
    ///   - role: `spoke`, or `tunnel` for a peer that serves tunnels alone.
    ///   - operationsDigest: SHA-256 in hex over the registry's canonical list.
    ///   - bulk: the links beside the control link; its entries are in the registry.
    ///   - auditLogger: where every mutation and session is written down; left out, in the log.
    ///   - clock: for the pauses between two tries to dial.
    ///   - onStatus: called on every change, from any thread.
    package init(
        keyring: SpokeKeyring, role: Hello.Role = .spoke, registry: OperationRegistry, software: String,
        operationsDigest: String,
        group: any EventLoopGroup, logger: Logger, settings: LinkSettings = LinkSettings(),
        bulk: BulkLinks = BulkLinks(), auditLogger: Logger? = nil, clock: any Clock<Duration> = ContinuousClock(),
        onStatus: @escaping @Sendable (Status) -> Void
    ) {
        self.keyring = keyring
        self.role = role
        let audit = AuditLog(logger: auditLogger ?? logger)
        dispatcher = Dispatcher(registry: registry, logger: logger, audit: { audit.write($0) })
        forUsers = [
            Grant(scopes: registry.descriptors.filter { !HubOnly.covers($0.name) }.map(\.access.scope))
        ]
        self.software = software
        self.operationsDigest = operationsDigest
        self.group = group
        executor = EventLoopTasks(group.any())
        self.logger = logger
        self.settings = settings
        self.clock = clock
        self.onStatus = onStatus
        self.bulk = bulk
        bulk.attach { [weak self] slot in
            guard let self, !self.isOver else { throw CallError(.unavailable, "the spoke is stopping") }
            return try await self.establishBulk(slot)
        }
    }

    /// Whether the hub has accepted a link that stands now.
    package var isConnected: Bool { state.withLock { !$0.links.isEmpty } }

    /// Stays connected until the task is cancelled, ``stop()``, or the hub has no place for this key: it was removed, or
    /// was never known. Everything else is tried again.
    /// - Returns: the hub's words when it refused the key, else nil.
    @discardableResult
    package func run() async -> String? {
        defer {
            if Task.isCancelled { for link in bulk.close() { link.abort() } }
            endWaiting()
        }
        return await withDiscardingTaskGroup { group in
            var backoff = DialBackoff()
            var wasRenewed = false
            while !isOver {
                let ended = await connectOnce()
                if let old = ended.finishing { group.addTask { await self.finish(old) } }
                if isOver { return nil }
                if ended.wasAccepted { backoff.succeeded() }
                if ended.isForNewKey { continue }
                // At once, while the old link is finishing; but not for a hub that renews each link as it comes.
                if ended.finishing != nil, !wasRenewed {
                    wasRenewed = true
                    continue
                }
                wasRenewed = false
                if ended.finishing == nil { tell(.disconnected(reason: ended.reason)) }
                if let refusal = ended.refusal { return refusal }
                let wait = backoff.next(retryAfter: ended.retryAfter, random: .random(in: 0...1))
                logger.info(
                    "link gone",
                    metadata: ["reason": .string(ended.reason), "retryInSeconds": .stringConvertible(wait)])
                do { try await clock.sleep(for: .seconds(wait)) } catch { return nil }
            }
            return nil
        }
    }

    private var isOver: Bool { Task.isCancelled || state.withLock { $0.isStopping } }

    /// No new calls; those under way have `limit` to finish, and the hub hears for so long of what ends meanwhile. Ends
    /// ``run()``.
    package func stop(within limit: Duration = .seconds(5)) async {
        let links =
            state.withLock { state in
                state.isStopping = true
                return state.links
            } + bulk.close()
        endWaiting()
        guard !links.isEmpty else { return }
        dispatcher.endSubscriptions(keepingOwn: true)
        let goAway = GoAway(code: .shutdown, reason: "the spoke is stopping")
        for link in links { link.drain(goAway, within: TimeAmount(limit)) }
        for link in links { _ = try? await link.end.get() }
    }

    func tell(_ status: Status) {
        let isNews = state.withLock { state in
            defer { state.told = status }
            return state.told != status
        }
        if isNews { onStatus(status) }
    }

    /// What became of one try.
    private struct Ended {
        var reason: String
        var retryAfter: Double = 0
        var wasAccepted = false
        /// The link, where it is to be renewed and still has something to finish.
        var finishing: Link?
        /// The next key was announced over it: the next link is made with that.
        var isForNewKey = false
        /// Why the hub refused this key, where it did and there is no other to try.
        var refusal: String?
    }

    private func connectOnce() async -> Ended {
        do {
            return await stand(try await establish())
        } catch let error as DialError {
            let end: LinkEnd? = if case .ended(let end) = error { end } else { nil }
            return Ended(
                reason: error.callError.message, retryAfter: end?.retryAfter ?? 0, refusal: end.flatMap(finalWord))
        } catch let error as CallError {
            return Ended(reason: error.message)
        } catch {
            return Ended(reason: "\(error)")
        }
    }

    /// From the acceptance to the end of a link, or to the moment when another is to follow it.
    private func stand(_ link: Link) async -> Ended {
        stands(link)
        tell(.connected(node: keyring.identity.name))
        let (turns, feed) = AsyncStream.makeStream(of: Ended.self)
        // First in line: a link may be told to go and be gone before anyone looks, and then it is still to be renewed.
        link.parting.whenSuccess { farewell in
            guard let farewell, farewell.code == .renew else { return }
            feed.yield(Ended(reason: farewell.reason, wasAccepted: true, finishing: link))
        }
        link.end.whenSuccess {
            feed.yield(Ended(reason: $0.reason, retryAfter: $0.retryAfter, wasAccepted: true))
        }
        let turn = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                guard await self.announceNextKey(over: link) else { return }
                feed.yield(
                    Ended(reason: "this spoke has another key", wasAccepted: true, finishing: link, isForNewKey: true))
            }
            let turn = await turns.first { _ in true }
            tasks.cancelAll()
            return turn
        }
        guard let turn else {
            link.abort()
            _ = await end(of: link)
            return Ended(reason: "stopped", wasAccepted: true)
        }
        if turn.isForNewKey {
            let next = nextKey()?.fingerprint
            state.withLock { $0.announced = next }
            link.drain(GoAway(code: .renew, reason: "this spoke has another key now"))
            return turn
        }
        guard turn.finishing == nil else { return turn }
        let end = await end(of: link)
        return Ended(reason: turn.reason, retryAfter: turn.retryAfter, wasAccepted: true, refusal: finalWord(end))
    }

    /// The hub's words when it does not know our key, or not any more. With a next key there is another to try.
    private func finalWord(_ end: LinkEnd) -> String? {
        guard case .farewell(let goAway) = end, goAway.code == .unauthenticated, nextKey() == nil else { return nil }
        return goAway.reason
    }

    /// Sees a link to its end whose successor is being made.
    private func finish(_ link: Link) async {
        await withTaskCancellationHandler {
            _ = await end(of: link)
        } onCancel: {
            link.abort()
        }
    }

    private func end(of link: Link) async -> LinkEnd {
        let end = (try? await link.end.get()) ?? .aborted
        state.withLock { $0.links.removeAll { $0 === link } }
        return end
    }
}

extension LinkEnd {
    /// Seconds that the hub asked us to wait before dialling again.
    fileprivate var retryAfter: Double {
        if case .farewell(let goAway) = self { Double(goAway.retryAfterMilliseconds) / 1_000 } else { 0 }
    }
}

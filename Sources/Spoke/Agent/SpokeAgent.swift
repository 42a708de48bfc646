import CallProtocol
package import Link
package import Logging
package import NIOCore
package import Operations
import Synchronization

/// Being a spoke: keeps one control link to the hub, serves a registry on it, dials again when it is gone, and before that
/// when it is to be renewed.
package final class SpokeAgent: Sendable {
    /// What is worth telling the outside, on change only: the same twice in a row is told once.
    package enum Status: Sendable, Hashable {
        case connected(node: String)
        case disconnected(reason: String)
    }

    private let identity: SpokeIdentity
    private let dispatcher: Dispatcher
    /// What the hub may ask for others; for itself it may ask everything.
    private let forUsers: [Grant]
    private let software: String
    private let operationsDigest: String
    private let group: any EventLoopGroup
    /// A spoke's operations are short and leave what blocks to threads of its own.
    private let executor: LoopTaskExecutor
    private let logger: Logger
    private let settings: LinkSettings
    private let clock: any Clock<Duration>
    private let onStatus: @Sendable (Status) -> Void
    private let instance = Hex.random(16)
    private let state = Mutex(State())

    private struct State {
        /// Accepted and not over; more than one only while an old one is finishing.
        var links: [Link] = []
        var generation: UInt64 = 0
        var isStopping = false
        var told: Status?
    }

    /// - Parameters:
    ///   - operationsDigest: SHA-256 in hex over the registry's canonical list.
    ///   - auditLogger: where every mutation and session is written down; left out, in the log.
    ///   - clock: for the pauses between two tries to dial.
    ///   - onStatus: called on every change, from any thread.
    package init(
        identity: SpokeIdentity, registry: OperationRegistry, software: String, operationsDigest: String,
        group: any EventLoopGroup, logger: Logger, settings: LinkSettings = LinkSettings(),
        auditLogger: Logger? = nil, clock: any Clock<Duration> = ContinuousClock(),
        onStatus: @escaping @Sendable (Status) -> Void
    ) {
        self.identity = identity
        let audit = AuditLog(logger: auditLogger ?? logger)
        dispatcher = Dispatcher(registry: registry, logger: logger, audit: { audit.write($0) })
        forUsers = [
            Grant(scopes: registry.descriptors.filter { !HubOnly.covers($0.name) }.map(\.access.scope))
        ]
        self.software = software
        self.operationsDigest = operationsDigest
        self.group = group
        executor = LoopTaskExecutor(group.any())
        self.logger = logger
        self.settings = settings
        self.clock = clock
        self.onStatus = onStatus
    }

    /// Whether the hub has accepted a link that stands now.
    package var isConnected: Bool { state.withLock { !$0.links.isEmpty } }

    /// Stays connected until the task is cancelled or ``stop()``.
    package func run() async {
        await withDiscardingTaskGroup { group in
            var backoff = DialBackoff()
            var wasRenewed = false
            while !isOver {
                let ended = await connectOnce()
                if let old = ended.finishing { group.addTask { await self.finish(old) } }
                if isOver { return }
                if ended.wasAccepted { backoff.succeeded() }
                // At once, while the old link is finishing; but not for a hub that renews each link as it comes.
                if ended.finishing != nil, !wasRenewed {
                    wasRenewed = true
                    continue
                }
                wasRenewed = false
                if ended.finishing == nil { tell(.disconnected(reason: ended.reason)) }
                let wait = backoff.next(retryAfter: ended.retryAfter, random: .random(in: 0...1))
                logger.info(
                    "link gone",
                    metadata: ["reason": .string(ended.reason), "retryInSeconds": .stringConvertible(wait)])
                do { try await clock.sleep(for: .seconds(wait)) } catch { return }
            }
        }
    }

    private var isOver: Bool { Task.isCancelled || state.withLock { $0.isStopping } }

    /// No new calls; those under way finish, 60 s at most. Ends ``run()``.
    package func stop() async {
        let links = state.withLock { state in
            state.isStopping = true
            return state.links
        }
        guard !links.isEmpty else { return }
        dispatcher.endSubscriptions()
        for link in links { link.drain(GoAway(code: .shutdown, reason: "the spoke is stopping")) }
        for link in links { _ = try? await link.end.get() }
    }

    private func tell(_ status: Status) {
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
    }

    private func connectOnce() async -> Ended {
        let link: Link
        do {
            link = try await dial()
        } catch let error as DialError {
            let retryAfter: Double = if case .ended(let end) = error { end.retryAfter } else { 0 }
            return Ended(reason: error.callError.message, retryAfter: retryAfter)
        } catch {
            return Ended(reason: "\(error)")
        }
        return await withTaskCancellationHandler {
            await stand(link)
        } onCancel: {
            link.abort()
        }
    }

    /// From the HELLO to the end of a link, accepted or not, or to the moment when it is to be renewed. Why it ended is
    /// read from the link itself: a refusal says there how long the hub wants us to stay away.
    private func stand(_ link: Link) async -> Ended {
        let wasAccepted = (try? await link.isAccepted.get()) != nil
        if wasAccepted {
            state.withLock { $0.links.append(link) }
            tell(.connected(node: identity.name))
            if let farewell = try? await link.parting.get(), farewell.code == .renew {
                return Ended(reason: farewell.reason, wasAccepted: true, finishing: link)
            }
        }
        let end = await end(of: link)
        return Ended(reason: end.reason, retryAfter: end.retryAfter, wasAccepted: wasAccepted)
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

    private func dial() async throws -> Link {
        let generation = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        var hello = Hello(software: software, role: .spoke, instance: instance)
        hello.generation = generation
        hello.maxStreams = 4_096
        hello.operations = operationsDigest
        let (dispatcher, forUsers, executor) = (dispatcher, forUsers, executor)
        let dialler = LinkDialler(
            key: identity.key, pins: HubPins(Set(identity.hubFingerprints)), group: group, settings: settings)
        return try await dialler.dial(identity.addresses, hello: hello) { stream, _ in
            dispatcher.start(AsyncLinkStream(stream), on: executor) { request in
                Caller(
                    peer: "hub", name: request.forwardedFor?.name ?? "hub", role: request.forwardedFor?.role ?? "hub",
                    grants: request.forwardedFor == nil ? [Grant(scopes: ["*"])] : forUsers,
                    forwardedFor: request.forwardedFor)
            }
        }
    }
}

extension LinkEnd {
    /// Seconds that the hub asked us to wait before dialling again.
    fileprivate var retryAfter: Double {
        if case .farewell(let goAway) = self { Double(goAway.retryAfterMilliseconds) / 1_000 } else { 0 }
    }
}

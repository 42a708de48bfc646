import CallProtocol
package import Link
package import Logging
package import NIOCore
package import Operations
import Synchronization

/// Being a spoke: keeps one control link to the hub, serves a registry on it, dials again when it is gone, and changes its
/// key when a next one lies in the state directory.
package final class SpokeAgent: Sendable {
    /// What is worth telling the outside, on change only.
    package enum Status: Sendable, Hashable {
        case connected(node: String)
        case disconnected(reason: String)
        /// The hub knows this spoke by this key alone now.
        case keyRotated(Fingerprint)
        /// The hub will not have the next key; the old one stays.
        case keyRefused(Fingerprint, reason: String)
    }

    let keyring: SpokeKeyring
    let dispatcher: Dispatcher
    /// What the hub may ask for others; for itself it may ask everything.
    let forUsers: [Grant]
    let software: String
    let operationsDigest: String
    let group: any EventLoopGroup
    /// A spoke's operations are short and leave what blocks to threads of its own.
    let executor: LoopTaskExecutor
    let logger: Logger
    let settings: LinkSettings
    let onStatus: @Sendable (Status) -> Void
    let instance = Hex.random(16)
    let state = Mutex(State())

    struct State {
        var link: Link?
        /// The link of the old key, while what goes on over it is finished.
        var draining: Link?
        /// The next key that the last link announced.
        var announced: Fingerprint?
        var generation: UInt64 = 0
        var isStopping = false
    }

    /// - Parameters:
    ///   - operationsDigest: SHA-256 in hex over the registry's canonical list.
    ///   - onStatus: called on every change, from any thread.
    package init(
        keyring: SpokeKeyring, registry: OperationRegistry, software: String, operationsDigest: String,
        group: any EventLoopGroup, logger: Logger, settings: LinkSettings = LinkSettings(),
        onStatus: @escaping @Sendable (Status) -> Void
    ) {
        self.keyring = keyring
        dispatcher = Dispatcher(registry: registry, logger: logger)
        forUsers = [
            Grant(scopes: registry.descriptors.filter { !HubOnly.covers($0.name) }.map(\.access.scope))
        ]
        self.software = software
        self.operationsDigest = operationsDigest
        self.group = group
        executor = LoopTaskExecutor(group.any())
        self.logger = logger
        self.settings = settings
        self.onStatus = onStatus
    }

    /// Whether the hub has accepted a link that stands now.
    package var isConnected: Bool { state.withLock { $0.link != nil } }

    /// Stays connected until the task is cancelled or ``stop()``.
    package func run() async {
        defer { if Task.isCancelled { state.withLock { $0.draining }?.abort() } }
        var backoff = DialBackoff()
        while !Task.isCancelled, !isStopping {
            let turn = await connectOnce { backoff.succeeded() }
            guard !Task.isCancelled, !isStopping else { return }
            guard case .ended(let reason, let retryAfter) = turn else { continue }
            onStatus(.disconnected(reason: reason))
            let wait = backoff.next(retryAfter: retryAfter, random: .random(in: 0...1))
            logger.info(
                "link gone", metadata: ["reason": .string(reason), "retryInSeconds": .stringConvertible(wait)])
            do { try await Task.sleep(for: .seconds(wait)) } catch { return }
        }
    }

    /// No new calls; those under way finish, 60 s at most. Ends ``run()``.
    package func stop() async {
        let links = state.withLock { state in
            state.isStopping = true
            return [state.link, state.draining].compactMap { $0 }
        }
        dispatcher.endSubscriptions()
        for link in links { link.drain(GoAway(code: .shutdown, reason: "the spoke is stopping")) }
        for link in links { _ = try? await link.end.get() }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// What became of a link.
    private enum Turn {
        case ended(reason: String, retryAfter: Double)
        /// The next key was announced over it: the next link is made with that.
        case announced

        static func ended(_ end: LinkEnd) -> Turn { .ended(reason: end.reason, retryAfter: end.retryAfter) }
    }

    private func connectOnce(_ succeeded: () -> Void) async -> Turn {
        do {
            let link = try await establish()
            succeeded()
            state.withLock { $0.link = link }
            defer { state.withLock { $0.link = nil } }
            onStatus(.connected(node: keyring.identity.name))
            return await serve(link)
        } catch let error as DialError {
            if case .ended(let end) = error { return .ended(end) }
            return .ended(reason: error.callError.message, retryAfter: 0)
        } catch let failure as StreamFailure {
            return .ended(reason: failure.reason, retryAfter: 0)
        } catch let error as CallError {
            return .ended(reason: error.message, retryAfter: 0)
        } catch {
            return .ended(reason: "\(error)", retryAfter: 0)
        }
    }

    /// Waits until the link is over, or the next key is announced over it.
    private func serve(_ link: Link) async -> Turn {
        let (turns, feed) = AsyncStream.makeStream(of: Turn.self)
        link.end.whenSuccess { feed.yield(.ended($0)) }
        let turn = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { if await self.announceNextKey(over: link) { feed.yield(.announced) } }
            let turn = await turns.first { _ in true }
            tasks.cancelAll()
            return turn
        }
        guard let turn else {
            link.abort()
            return .ended(.aborted)
        }
        if case .announced = turn {
            let next = nextKey()?.fingerprint
            state.withLock { ($0.draining, $0.announced) = (link, next) }
            link.drain(GoAway(code: .renew, reason: "this spoke has another key now"))
        }
        return turn
    }
}

extension LinkEnd {
    /// Seconds that the hub asked us to wait before dialling again.
    fileprivate var retryAfter: Double {
        if case .farewell(let goAway) = self { Double(goAway.retryAfterMilliseconds) / 1_000 } else { 0 }
    }
}

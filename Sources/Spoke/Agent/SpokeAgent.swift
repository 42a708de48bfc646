import CallProtocol
package import Link
package import Logging
package import NIOCore
package import Operations
import Synchronization

/// Being a spoke: keeps one control link to the hub, serves a registry on it, dials again when it is gone.
package final class SpokeAgent: Sendable {
    /// What is worth telling the outside, on change only.
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
    private let onStatus: @Sendable (Status) -> Void
    private let instance = Hex.random(16)
    private let state = Mutex(State())

    private struct State {
        var link: Link?
        var generation: UInt64 = 0
        var isStopping = false
    }

    /// - Parameters:
    ///   - operationsDigest: SHA-256 in hex over the registry's canonical list.
    ///   - onStatus: called on every change, from any thread.
    package init(
        identity: SpokeIdentity, registry: OperationRegistry, software: String, operationsDigest: String,
        group: any EventLoopGroup, logger: Logger, settings: LinkSettings = LinkSettings(),
        onStatus: @escaping @Sendable (Status) -> Void
    ) {
        self.identity = identity
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

    /// Stays connected until the task is cancelled, ``stop()``, or the hub has no place for this key: it was removed, or
    /// was never known. Everything else is tried again.
    /// - Returns: the hub's words when it refused the key, else nil.
    @discardableResult
    package func run() async -> String? {
        var backoff = DialBackoff()
        while !Task.isCancelled, !state.withLock({ $0.isStopping }) {
            let end = await connectOnce { backoff.succeeded() }
            guard !Task.isCancelled, !state.withLock({ $0.isStopping }) else { return nil }
            onStatus(.disconnected(reason: end.reason))
            if let refusal = end.refusal { return refusal }
            let wait = backoff.next(retryAfter: end.retryAfter, random: .random(in: 0...1))
            logger.info(
                "link gone", metadata: ["reason": .string(end.reason), "retryInSeconds": .stringConvertible(wait)])
            do { try await Task.sleep(for: .seconds(wait)) } catch { return nil }
        }
        return nil
    }

    /// No new calls; those under way finish, 60 s at most. Ends ``run()``.
    package func stop() async {
        let link = state.withLock { state in
            state.isStopping = true
            return state.link
        }
        guard let link else { return }
        dispatcher.endSubscriptions()
        link.drain(GoAway(code: .shutdown, reason: "the spoke is stopping"))
        _ = try? await link.end.get()
    }

    private struct Ended {
        var reason: String
        var retryAfter: Double
        /// Why the hub refused this key, where it did.
        var refusal: String?
    }

    private func connectOnce(_ succeeded: () -> Void) async -> Ended {
        do {
            let link = try await dial()
            try await withTaskCancellationHandler {
                try await link.isAccepted.get()
            } onCancel: {
                link.abort()
            }
            succeeded()
            state.withLock { $0.link = link }
            defer { state.withLock { $0.link = nil } }
            onStatus(.connected(node: identity.name))
            let end = await withTaskCancellationHandler {
                (try? await link.end.get()) ?? .aborted
            } onCancel: {
                link.abort()
            }
            return Ended(reason: end.reason, retryAfter: end.retryAfter, refusal: end.refusal)
        } catch let error as DialError {
            let end: LinkEnd? = if case .ended(let end) = error { end } else { nil }
            return Ended(
                reason: error.callError.message, retryAfter: end?.retryAfter ?? 0, refusal: end?.refusal)
        } catch let failure as StreamFailure {
            return Ended(
                reason: failure.reason, retryAfter: 0,
                refusal: failure.code == .unauthenticated ? failure.reason : nil)
        } catch {
            return Ended(reason: "\(error)", retryAfter: 0)
        }
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

    /// The hub's words when it does not know our key, or not any more.
    fileprivate var refusal: String? {
        if case .farewell(let goAway) = self, goAway.code == .unauthenticated { goAway.reason } else { nil }
    }
}

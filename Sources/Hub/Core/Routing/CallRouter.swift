package import CallProtocol
import Formats
import Link
import Logging
import NIOCore
package import Operations
import Store

/// Decides where a call goes: the hub's own registry, or a node's link, spliced.
package final class CallRouter: Sendable {
    private let dispatcher: Dispatcher
    private let directory: PeerDirectory
    private let presence: Presence
    private let deadlines: DeadlineQueue
    private let catalogs: NodeCatalogs
    private let tunnelLinks: TunnelLinks
    private let logger: Logger
    private let audit: @Sendable (RoutedCall, RoutedAnswer?, StreamFailure?) -> Void
    private static let backstopMs: Int64 = 1_000

    /// A call that was passed on, or refused, for the audit log.
    package struct RoutedCall: Sendable {
        package var caller: Caller
        /// Nil where the call was refused before its node was known.
        package var node: String?
        package var operation: String
        /// What on the node it was about, as the caller named it.
        package var subject: String?
        /// Nil for an operation that this hub does not know.
        package var kind: OperationKind?
        /// Whether it only passed the bytes of a connection on.
        var isRelay = false
        /// Why the call was turned away here, so that the node never heard of it; nil for one that was passed on.
        package var refusal: ErrorCode?

        /// What may have changed something.
        var isAudited: Bool { kind != .query && kind != .subscription }
    }

    /// - Parameter audit: told of every call that was passed on, when it is over: how the node's answer began, nil for
    ///   none that came, and why the stream broke off, nil where it ended well. And of refused ones.
    init(
        dispatcher: Dispatcher, directory: PeerDirectory, presence: Presence, deadlines: DeadlineQueue,
        catalogs: NodeCatalogs, tunnelLinks: TunnelLinks, logger: Logger,
        audit: @escaping @Sendable (RoutedCall, RoutedAnswer?, StreamFailure?) -> Void
    ) {
        self.dispatcher = dispatcher
        self.directory = directory
        self.presence = presence
        self.deadlines = deadlines
        self.catalogs = catalogs
        self.tunnelLinks = tunnelLinks
        self.logger = logger
        self.audit = audit
    }

    /// Serves a stream of `caller`. Event loop of the stream.
    func accept(_ stream: LinkStream, caller: @escaping @Sendable () -> Caller, limit: Int) {
        stream.consumer = RoutingConsumer(stream, limit: limit) { [weak self] consumer, opening in
            guard let self else { return stream.reset(.shutdown, "the hub is stopping") }
            self.route(opening, from: consumer, stream, caller())
        }
    }

    private func route(_ opening: Opening, from consumer: RoutingConsumer, _ stream: LinkStream, _ caller: Caller) {
        guard let selector = opening.request.node else {
            // For raw and bytes the rest belongs to the session; the task's stream starts behind it.
            return dispatcher.start(opening, on: consumer.takeOver(rest: ByteBuffer()), caller: caller)
        }
        do throws(CallError) {
            let node = try select(selector, opening.request, caller)
            let isRelay = SpokeCatalog.descriptor(opening.request.operation)?.isRelay == true
            guard let link = isRelay ? tunnelLinks.control(node.id) : presence.link(node.id) else {
                throw unavailable(node)
            }
            if OperationOperations.covers(opening.request.operation) {
                return try answer(opening, on: consumer, about: node, link, caller)
            }
            if let catalog = catalogs.known(node.id), catalog[opening.request.operation] == nil {
                throw CallError(
                    .notFound,
                    "there is no operation `\(opening.request.operation)` on \(node.name); "
                        + "`capstan operations \(node.name)` lists what there is")
            }
            pass(opening, from: stream, hasEnded: consumer.hasEnded, to: link, node, caller)
        } catch {
            tellRefused(opening.request, caller, error.code)
            let answering = consumer.takeOver(rest: ByteBuffer())
            Task { await Dispatcher.refuse(opening.id, error, on: answering) }
        }
    }

    /// Discovery on a node is answered here: the node does not know what the caller may do.
    private func answer(
        _ opening: Opening, on consumer: RoutingConsumer, about node: Peer, _ link: Link, _ caller: Caller
    ) throws(CallError) {
        let registry: OperationRegistry
        do throws(OperationRegistry.Mistake) {
            registry = try OperationRegistry(catalogs.entries(node, over: link))
        } catch {
            throw CallError(.internalError, error.description)
        }
        Dispatcher(registry: registry, deadlines: deadlines, logger: logger)
            .start(opening, on: consumer.takeOver(rest: ByteBuffer()), caller: caller)
    }

    private func tellRefused(_ request: CallRequest, _ caller: Caller, _ code: ErrorCode) {
        guard let kind = SpokeCatalog.descriptor(request.operation)?.kind, kind == .mutation || kind == .session
        else { return }
        var node: String?
        if case .named(let name)? = request.node { node = (try? directory.node(name))?.id }
        audit(
            RoutedCall(
                caller: caller, node: node, operation: request.operation,
                subject: SpokeCatalog.rule(request.operation).resource?.id(in: request.input), kind: kind, refusal: code
            ),
            nil, nil)
    }

    /// Checks the right to the operation on the node, so that a refusal says nothing about the node's connection.
    private func select(
        _ selector: NodeSelector, _ request: CallRequest, _ caller: Caller
    ) throws(CallError) -> Peer {
        // Nodes serve operators. Whoever enrols, or is a node, is served by the hub alone.
        guard directory[caller.peer]?.kind == .operator_ else {
            throw CallError(.forbidden, "`\(caller.name)` (role \(caller.role)) may not call nodes")
        }
        let known = SpokeCatalog.descriptor(request.operation)
        guard !HubOnly.covers(request.operation), known?.visibility != .internal_ else {
            throw CallError(.notFound, "there is no operation `\(request.operation)` on nodes")
        }
        let rule = SpokeCatalog.rule(request.operation)
        guard caller.may(rule) else {
            throw CallError(.forbidden, "`\(caller.name)` (role \(caller.role)) lacks the scope \(rule.scope)")
        }
        var caller = caller
        if let resource = rule.resource, resource.kind != AccessRule.Resource.container, caller.isBound(by: rule) {
            // Only the node knows what else a text may mean there.
            let text = resource.id(in: request.input)
            caller = try caller.bound(to: text.map { [$0] } ?? [], as: text, by: rule)
        }
        let node: Peer
        switch selector {
        case .named(let name): node = try directory.node(name)
        case .labels(let labels): node = try leastLoaded(labels, rule, caller)
        }
        guard caller.may(rule, onNode: node.labels) else {
            throw CallError(.forbidden, "`\(caller.name)` has no right to \(rule.scope) on \(node.name)")
        }
        guard node.state != .pending else {
            throw CallError(
                .failedPrecondition, "\(node.name) waits for approval; `capstan node approve \(node.name)`")
        }
        return node
    }

    private func leastLoaded(
        _ labels: [String: String], _ rule: AccessRule, _ caller: Caller
    ) throws(CallError) -> Peer {
        let matching = directory.nodes.filter { node in
            node.state == .active && labels.allSatisfy { node.labels[$0.key] == $0.value }
                && caller.may(rule, onNode: node.labels)
        }
        let words = labels.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        guard let first = matching.first else { throw CallError(.notFound, "no node has the labels \(words)") }
        let connected = matching.compactMap { node in presence.link(node.id) == nil ? nil : node }
        let best = connected.min { left, right in
            let (a, b) = (load(left), load(right))
            return a == b ? left.name < right.name : a < b
        }
        guard let best else {
            throw CallError(
                .unavailable, "\(matching.count) nodes have the labels \(words), none is connected (\(first.name), ...)"
            )
        }
        return best
    }

    private func load(_ node: Peer) -> Double { presence.live(node.id)?.status?.load1 ?? 0 }

    private func unavailable(_ node: Peer) -> CallError {
        let seen = presence.live(node.id)?.lastSeen ?? node.lastSeenAt
        if let farewell = presence.live(node.id)?.control?.farewell {
            let now = farewell.code == .shutdown ? "is stopping" : "is making a new link; call again in a moment"
            return CallError(.unavailable, "node \(node.name) \(now)")
        }
        let when = seen.map { "last seen \(RFC3339.string($0))" } ?? "never seen"
        return CallError(
            .unavailable, "node \(node.name) is not connected (\(presence.state(of: node).rawValue), \(when))",
            details: seen.map { ["lastSeen": .string(RFC3339.string($0))] })
    }

    /// Writes the opening anew on the node's link and joins the two streams.
    private func pass(
        _ opening: Opening, from stream: LinkStream, hasEnded: Bool, to link: Link, _ node: Peer, _ caller: Caller
    ) {
        var request = opening.request
        request.node = nil
        request.forwardedFor = ForwardedFor(
            peer: caller.peer, name: caller.name, role: caller.role,
            resources: caller.containers(for: SpokeCatalog.rule(request.operation), onNode: node.labels))
        var bytes = ByteBufferAllocator().buffer(capacity: (request.input?.count ?? 0) + 512)
        bytes.writeEnvelope(.requested, id: opening.id) { request.write(to: &$0) }
        let rest = opening.rest
        if rest.readableBytes > 0 { bytes.writeImmutableBuffer(rest) }
        let opened = bytes
        let descriptor = SpokeCatalog.descriptor(request.operation)
        let isRelay = descriptor?.isRelay == true
        let record = RoutedCall(
            caller: caller, node: node.id, operation: request.operation,
            subject: isRelay
                ? descriptor?.subject(input: request.input)
                : SpokeCatalog.rule(request.operation).resource?.id(in: request.input),
            kind: descriptor?.kind ?? catalogs.known(node.id)?[request.operation]?.kind, isRelay: isRelay)
        let token = DeadlineToken()
        let deadlines = deadlines
        let seat = isRelay ? tunnelLinks.take(node.id) : nil
        let link = seat?.link ?? link
        let told: @Sendable (RoutedAnswer?, StreamFailure?) -> Void = { [audit, tunnelLinks] answer, failure in
            token.cancel(deadlines)
            if let seat { tunnelLinks.give(seat) }
            audit(record, answer, failure)
        }
        let near = SpliceEnd(stream) { _, _ in }
        let nearBound = NIOLoopBound(near, eventLoop: stream.eventLoop)
        let streamBound = NIOLoopBound(stream, eventLoop: stream.eventLoop)
        let nearLoop = stream.eventLoop
        stream.consumer = near
        // What was written anew was consumed when it was read; the bytes behind it are, when they are sent on.
        let written = bytes.readableBytes - rest.readableBytes
        let open: @Sendable () -> Void = {
            do throws(StreamFailure) {
                let far = try link.openOnLoop()
                let farEnd = SpliceEnd(
                    far, of: "node \(node.name)", unaccounted: written, peek: record.isAudited ? AnswerPeek() : nil,
                    onEnd: told)
                far.consumer = farEnd
                far.write(opened)
                if hasEnded { far.end() }
                farEnd.join(nearBound, on: nearLoop)
                let farBound = NIOLoopBound(farEnd, eventLoop: link.eventLoop)
                nearLoop.runNow { nearBound.value.join(farBound, on: link.eventLoop) }
            } catch {
                told(nil, StreamFailure(.unavailable, error.reason))
                nearLoop.runNow { streamBound.value.reset(.unavailable, "node \(node.name): \(error.reason)") }
            }
        }
        let usual = SpokeCatalog.descriptor(request.operation)?.defaultDeadlineMs ?? record.kind?.defaultDeadlineMs
        if let deadline = request.deadlineMs ?? usual {
            token.set(
                deadlines.schedule(in: deadline, grace: Self.backstopMs) {
                    nearLoop.execute {
                        streamBound.value.reset(.timeout, "no answer from \(node.name) within \(deadline) ms")
                        nearBound.value.streamFailed(StreamFailure(.timeout, "the hub gave up waiting"))
                    }
                })
        }
        link.eventLoop.runNow(open)
    }
}

extension EventLoop {
    /// Runs at once on the loop itself, else in turn.
    fileprivate func runNow(_ body: @escaping @Sendable () -> Void) {
        if inEventLoop { body() } else { execute(body) }
    }
}

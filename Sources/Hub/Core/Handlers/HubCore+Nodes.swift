import CallProtocol
import Formats
import Link
import Operations
import Store

extension HubCore {
    var nodeEntries: [OperationEntry] {
        [
            NodeOperations.list.handled { try self.listNodes($0, $1) },
            NodeOperations.show.handled { input, context in
                self.view(try self.visible(input.node, NodeOperations.show.descriptor, context), detailed: true)
            },
            NodeOperations.label.handled { input, context in
                try await self.inTurn { try await self.label(input, context) }
            },
            NodeOperations.drain.handled { input, context in
                try await self.inTurn {
                    try await self.setDrain(input, .draining, NodeOperations.drain.descriptor, context)
                }
            },
            NodeOperations.undrain.handled { input, context in
                try await self.inTurn {
                    try await self.setDrain(input, .none, NodeOperations.undrain.descriptor, context)
                }
            },
            NodeOperations.approve.handled { input, context in
                try await self.inTurn { try await self.approve(input, context) }
            },
            NodeOperations.remove.handled { try await self.remove($0, $1) },
        ]
    }

    /// Runs a change of a peer after those that came before it, from its look at the peer to the end.
    func inTurn<Result>(_ body: () async throws -> Result) async throws -> Result {
        await peerChanges.take()
        defer { peerChanges.give() }
        return try await body()
    }

    /// The node a person means, if the caller may do this there.
    func visible(_ text: String, _ descriptor: OperationDescriptor, _ context: CallContext) throws(CallError) -> Peer {
        let node = try directory.node(text)
        var caller = context.caller
        if descriptor.access.resource?.kind == AccessRule.Resource.node {
            // A name may have come to mean another one since the call was admitted.
            caller = try caller.bound(to: [node.id, node.name], as: text, by: descriptor.access)
        }
        guard caller.may(descriptor.access, onNode: node.labels) else {
            throw CallError(
                .forbidden, "`\(context.caller.name)` has no right to \(descriptor.access.scope) on \(node.name)")
        }
        return node
    }

    func view(_ node: Peer, detailed: Bool) -> NodeView {
        view(node, state: presence.state(of: node), live: presence.live(node.id), detailed: detailed)
    }

    private func view(_ node: Peer, state: NodeState, live: Presence.Live?, detailed: Bool) -> NodeView {
        let seen = live?.control != nil ? clock.now() : live?.lastSeen ?? node.lastSeenAt
        var view = NodeView(
            id: node.id, name: node.name, state: state.rawValue, drain: node.drain.rawValue, labels: node.labels,
            lastSeen: seen.map { RFC3339.string($0) }, attempts: live?.status?.attempts ?? 0)
        view.cpus = node.facts?.cpus
        view.memory = node.facts?.memory
        view.address = live?.address
        view.software = live?.software
        guard detailed else { return view }
        view.fingerprint = node.fingerprints.map(\.text).sorted().first
        view.facts = node.facts
        view.status = live?.status
        return view
    }

    private func listNodes(_ input: NodeListInput, _ context: CallContext) throws -> NodeList {
        let selector: LabelSelector
        do {
            selector = try LabelSelector(parsing: input.labels ?? [])
        } catch {
            throw CallError(.invalidInput, "labels: \(error)")
        }
        let rule = NodeOperations.list.descriptor.access
        let all = directory.nodes.filter {
            selector.matches($0.labels) && context.caller.may(rule, onNode: $0.labels)
        }
        let page = try PeerPage(of: all, after: input.cursor, limit: input.limit)
        var views: [NodeView] = []
        views.reserveCapacity(page.peers.count)
        presence.survey(page.peers) { node, state, live in
            views.append(view(node, state: state, live: live, detailed: false))
        }
        return NodeList(nodes: views, cursor: page.cursor)
    }

    private func label(_ input: NodeLabelInput, _ context: CallContext) async throws -> NodeView {
        let node = try visible(input.node, NodeOperations.label.descriptor, context)
        var labels = node.labels
        for key in input.remove ?? [] { labels[key] = nil }
        labels.merge(input.set ?? [:]) { _, new in new }
        do { try Label.validate(labels) } catch { throw CallError(.invalidInput, "labels: \(error)") }
        let wanted = labels
        let text = try JSONCoding.encode(labels).description
        return try await change(node, "node.labelled", "labels of \(node.name) changed") { transaction in
            try transaction.setLabels(node.id, to: text)
        } then: { peer, _ in
            peer.labels = wanted
        }
    }

    private func setDrain(
        _ input: NodeRef, _ drain: PeerRecord.Drain, _ descriptor: OperationDescriptor, _ context: CallContext
    ) async throws -> NodeView {
        try await setDrain(try visible(input.node, descriptor, context), drain)
    }

    /// In turn, see ``inTurn(_:)``.
    @discardableResult
    func setDrain(_ node: Peer, _ drain: PeerRecord.Drain) async throws -> NodeView {
        let word = drain == .none ? "takes workloads again" : "is draining"
        let now = clock.now()
        let kind = drain == .none ? "node.undrained" : "node.drain"
        let view = try await change(node, kind, "\(node.name) \(word)") { transaction in
            try transaction.setDrain(node.id, to: drain)
            return try self.finishDrain(node.id, at: now, in: transaction)
        } then: { peer, isDrained in
            peer.drain = isDrained ? .drained : drain
        }
        // The last attempt may have ended right after that write, and been announced before memory said `draining`.
        guard drain == .draining, try await store.read({ try $0.peer(node.id)?.drain }) == .drained else { return view }
        return directory.change(node.id) { $0.drain = .drained }.map { self.view($0, detailed: true) } ?? view
    }

    /// Ends the draining of a node on which nothing runs any more, with an event; true when it did.
    func finishDrain(_ node: String, at now: Int64, in transaction: StoreTransaction) throws -> Bool {
        guard try transaction.finishDrain(node) else { return false }
        let name = directory[node]?.name ?? node
        _ = try transaction.append(
            EventDraft(
                at: now, kind: "node.drained", node: node, subject: node,
                message: "\(name) is drained: nothing runs there"))
        return true
    }

    private func approve(_ input: NodeRef, _ context: CallContext) async throws -> NodeView {
        let node = try visible(input.node, NodeOperations.approve.descriptor, context)
        guard node.state == .pending else {
            throw CallError(.failedPrecondition, "\(node.name) does not wait for approval")
        }
        return try await approve(node)
    }

    /// In turn, see ``inTurn(_:)``.
    @discardableResult
    func approve(_ node: Peer) async throws -> NodeView {
        let view = try await change(node, "node.approved", "\(node.name) was approved") { transaction in
            try transaction.setState(node.id, to: .active)
        } then: { peer, _ in
            peer.state = .active
        }
        if let link = presence.link(node.id), let approved = directory[node.id] { begin(link, approved) }
        return view
    }

    private func change<Result: Sendable>(
        _ node: Peer, _ kind: String, _ message: String,
        _ body: @escaping @Sendable (StoreTransaction) throws -> Result, then: (inout Peer, Result) -> Void
    ) async throws -> NodeView {
        let now = clock.now()
        let result = try await store.write { transaction in
            _ = try transaction.append(
                EventDraft(at: now, kind: kind, node: node.id, subject: node.id, message: message))
            return try body(transaction)
        }
        events.wrote()
        schedulerSignal.fire()
        guard let changed = directory.change(node.id, { then(&$0, result) }) else {
            throw CallError(.notFound, "\(node.name) was removed meanwhile")
        }
        return view(changed, detailed: true)
    }
}

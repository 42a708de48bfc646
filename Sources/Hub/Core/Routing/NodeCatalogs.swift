import CallProtocol
import Link
import Operations
import Synchronization

/// The operations of the connected nodes, laid over the hub's own: attached when a node connects, detached when it
/// goes, and one copy for all nodes with the same list, which is asked for only when nobody has told it yet.
final class NodeCatalogs: Sendable {
    private struct State {
        var attached: [String: (link: Link, digest: String)] = [:]
        /// How many nodes have each digest.
        var users: [String: Int] = [:]
        var copies: [String: NodeCatalog] = [:]
        /// Digests about which a node is being asked.
        var asking: Set<String> = []

        mutating func attach(_ node: String, _ link: Link, _ digest: String) {
            users[digest, default: 0] += 1
            let old = attached.updateValue((link, digest), forKey: node)
            if let old { release(old.digest) }
        }

        mutating func detach(_ node: String, _ link: Link) {
            guard let old = attached[node], old.link === link else { return }
            attached[node] = nil
            release(old.digest)
        }

        private mutating func release(_ digest: String) {
            let left = (users[digest] ?? 1) - 1
            users[digest] = left > 0 ? left : nil
            if left <= 0 { copies[digest] = nil }
        }

        func known(_ node: String) -> NodeCatalog? { attached[node].flatMap { copies[$0.digest] } }
    }

    private let state = Mutex(State())
    private let deadlines: DeadlineQueue

    init(deadlines: DeadlineQueue) {
        self.deadlines = deadlines
    }

    /// What a node can be asked; nil while it is not known.
    func known(_ node: String) -> NodeCatalog? { state.withLock { $0.known(node) } }

    /// What the operations of the connected nodes take, as far as it is known.
    var rules: [AccessRule] { state.withLock { Array($0.copies.values) }.flatMap(\.rules) }

    /// A node has connected. True when it should be asked for its list: nobody has told it, or is about to.
    func attach(_ node: String, _ link: Link) -> Bool {
        state.withLock { state in
            let digest = link.hello.operations ?? ""
            state.attach(node, link, digest)
            return state.copies[digest] == nil && (digest.isEmpty || state.asking.insert(digest).inserted)
        }
    }

    /// What the node behind this link can be asked, from the node itself where nobody has told it yet.
    func learn(_ node: String, over link: Link) async throws(CallError) -> NodeCatalog {
        let known = state.withLock { state in
            if state.attached[node]?.link !== link { state.attach(node, link, link.hello.operations ?? "") }
            return state.known(node)
        }
        if let known { return known }
        defer {
            state.withLock { state in
                state.asking.remove(link.hello.operations ?? "")
                // The session of a link that is over has detached it already, or will never.
                if link.hasEnded { state.detach(node, link) }
            }
        }
        let told = try await NodeCatalog.ask(link, deadlines)
        return state.withLock { state in
            // What the node says goes before what it announced. Several may have been asked at the same time.
            state.attach(node, link, told.digest)
            let catalog = state.copies[told.digest] ?? told
            state.copies[told.digest] = catalog
            return catalog
        }
    }

    /// The link is over; a newer one of the node is left alone.
    func detach(_ node: String, _ link: Link) { state.withLock { $0.detach(node, link) } }

    /// `operation/list` and `operation/show` for a node, for whoever asks.
    func entries(_ node: Peer, over link: Link) -> [OperationEntry] {
        [
            OperationOperations.list.handled { _, context in
                let rows = try await self.learn(node.id, over: link).open(to: context.caller, on: node.labels)
                return OperationList(
                    operations: rows.map {
                        OperationList.Row(name: $0.name, kind: $0.kind?.rawValue ?? "", summary: $0.summary)
                    })
            },
            OperationOperations.show.handled { input, context in
                let rows = try await self.learn(node.id, over: link).open(to: context.caller, on: node.labels)
                guard let row = rows.first(where: { $0.name == input.name }) else {
                    throw CallError(.notFound, "there is no operation `\(input.name)` on \(node.name)")
                }
                return OperationShown(operation: RawJSON(row.shown))
            },
        ]
    }
}

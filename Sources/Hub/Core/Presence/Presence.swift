import CallProtocol
package import Link
package import Operations
import Store
import Synchronization

/// Which links stand: the one authority on who is connected. The database is reconciled to it, never the reverse.
package final class Presence: Sendable {
    /// What is known of a node beside its row.
    package struct Live: Sendable {
        fileprivate var links: [LinkSlot: Link] = [:]
        /// The control link with which work has begun.
        fileprivate var worked: Link?
        package fileprivate(set) var status: HostStatus?
        package fileprivate(set) var address: String?
        package fileprivate(set) var software: String?
        /// Milliseconds since 1970.
        package fileprivate(set) var lastSeen: Int64?
        /// Since when there is no link, on the monotonic clock in milliseconds.
        fileprivate var goneSince: Int64
        fileprivate var rules = TakeoverRules()

        fileprivate init(goneSince: Int64) { self.goneSince = goneSince }

        /// Whether a container engine works there, as the node said last.
        fileprivate var hasEngine: Bool { status?.engine?.state == .ready }

        /// The link that carries calls.
        package var control: Link? { links[.control] }

        /// Whom a newcomer has to get past: a link of another process, else the one in its slot. Links that are
        /// closing stand in nobody's way.
        fileprivate func incumbent(_ hello: Hello) -> Link? {
            links.values.first { $0.isStanding && $0.hello.instance != hello.instance }
                ?? links[LinkSlot(hello)].flatMap { $0.isStanding ? $0 : nil }
        }
    }

    /// What states follow from. Beside ``Live``, because all nodes are looked at each second: with nothing to be counted
    /// in it, looking costs no more than finding it.
    private struct Standing {
        var isLinked = false
        var goneSince: Int64
        /// What events have told last.
        var announced: NodeState?
    }

    private struct State {
        private(set) var nodes: [String: Live] = [:]
        private(set) var standings: [String: Standing] = [:]

        subscript(node: String) -> Live? {
            get { nodes[node] }
            set {
                nodes[node] = newValue
                guard let newValue else {
                    standings[node] = nil
                    return
                }
                let announced = standings[node]?.announced
                standings[node] = Standing(
                    isLinked: newValue.control != nil, goneSince: newValue.goneSince, announced: announced)
            }
        }

        mutating func announce(_ state: NodeState?, of node: String, goneSince: Int64) {
            if nodes[node] == nil { self[node] = Live(goneSince: goneSince) }
            standings[node]?.announced = state
        }
    }

    /// A change of state worth an event.
    package struct Transition: Sendable, Hashable {
        package var node: String
        package var from: NodeState?
        package var to: NodeState
    }

    private static let surveyed = 256

    private let nodes = Mutex(State())
    private let graceMs: Int64
    private let startedAt: Int64
    private let monotonic: @Sendable () -> Int64

    /// - Parameters:
    ///   - graceMs: how long a node without a link is `disconnected` before it is `offline`.
    ///   - monotonic: milliseconds that never go back.
    package init(graceMs: Int64 = 30_000, monotonic: @escaping @Sendable () -> Int64) {
        self.graceMs = graceMs
        self.monotonic = monotonic
        startedAt = monotonic()
    }

    /// Judges a newcomer by ``TakeoverRules``; changes nothing but the rules' memory.
    func judge(_ node: String, hello: Hello) -> TakeoverRules.Verdict {
        nodes.withLock { nodes in
            var live = nodes[node] ?? Live(goneSince: startedAt)
            defer { nodes[node] = live }
            return live.rules.judge(
                instance: hello.instance, generation: hello.generation ?? 0,
                incumbent: live.incumbent(hello).map { ($0.hello.instance, $0.hello.generation ?? 0) },
                now: monotonic())
        }
    }

    /// Takes a link up in its slot. Those it takes the place of, which with another process are all links of the old
    /// one, are to be closed by the caller.
    func connect(_ node: String, link: Link, at now: Int64) -> LinkArrival {
        nodes.withLock { nodes in
            var live = nodes[node] ?? Live(goneSince: startedAt)
            let slot = LinkSlot(link.hello)
            // Links are judged each on its own event loop: a newer one may have come in between.
            if let rival = live.links[slot], rival.isStanding, rival.hello.instance == link.hello.instance,
                rival.hello.generation ?? 0 >= link.hello.generation ?? 0
            {
                return LinkArrival(isAdmitted: false, replaced: NodeLinks(links: []))
            }
            let hadControl = live.control != nil
            let gone = live.links.filter { $0.key == slot || $0.value.hello.instance != link.hello.instance }
            for key in gone.keys { live.links[key] = nil }
            live.links[slot] = link
            if slot == .control {
                live.address = link.peer.address
                live.software = link.hello.software
            } else if hadControl, live.control == nil {
                live.goneSince = monotonic()
            }
            live.lastSeen = now
            nodes[node] = live
            // A link that is draining is left to finish.
            return LinkArrival(isAdmitted: true, replaced: NodeLinks(links: gone.values.filter(\.isStanding)))
        }
    }

    /// Whether work with a node is to begin over this link: true once for each control link that holds its place.
    func beginWork(_ node: String, link: Link) -> Bool {
        nodes.withLock { nodes in
            guard var live = nodes[node], live.control === link, live.worked !== link else { return false }
            live.worked = link
            nodes[node] = live
            return true
        }
    }

    /// Notes the end of a link; true when with it the node is no longer connected.
    /// - Parameter heard: when something came over it last, milliseconds since 1970.
    func disconnect(_ node: String, link: Link, at heard: Int64) -> Bool {
        nodes.withLock { nodes in
            guard var live = nodes[node] else { return false }
            defer { nodes[node] = live }
            if live.worked === link { live.worked = nil }
            guard let slot = live.links.first(where: { $0.value === link })?.key else { return false }
            live.links[slot] = nil
            guard slot == .control else { return false }
            live.goneSince = monotonic()
            live.lastSeen = heard
            return true
        }
    }

    /// - Returns: whether something changed by which work is placed.
    func setStatus(_ node: String, _ status: HostStatus, at now: Int64) -> Bool {
        nodes.withLock { nodes in
            guard var live = nodes[node] else { return false }
            let had = live.hasEngine
            live.status = status
            live.lastSeen = now
            nodes[node] = live
            return live.hasEngine != had
        }
    }

    /// Whether a container engine works there, as the node said last.
    func hasEngine(_ node: String) -> Bool { nodes.withLock { $0[node]?.hasEngine ?? false } }

    /// Forgets a removed node; returns its links, to be closed.
    func remove(_ node: String) -> NodeLinks? {
        nodes.withLock { nodes in
            defer { nodes[node] = nil }
            return nodes[node]
        }.map { NodeLinks(links: Array($0.links.values)) }
    }

    /// The node's control link while it takes new streams.
    package func link(_ node: String) -> Link? {
        nodes.withLock { $0[node]?.control }.flatMap { $0.farewell == nil ? $0 : nil }
    }

    /// The node's links for the bytes of tunnels while they take new streams, in the order of their slots.
    package func bulkLinks(_ node: String) -> [Link] {
        nodes.withLock { nodes in
            guard let links = nodes[node]?.links, links.count > 1 else { return [] }
            return (0..<LinkOpenInput.most).compactMap { links[.bulk($0)] }.filter { $0.isStanding }
        }
    }

    package func live(_ node: String) -> Live? { nodes.withLock { $0[node] } }

    /// The nodes with a control link, by id.
    var connected: [String] { nodes.withLock { $0.standings.filter(\.value.isLinked).map(\.key) } }

    /// The links of all nodes.
    package var linkCount: Int { nodes.withLock { $0.nodes.values.reduce(0) { $0 + $1.links.count } } }

    package func state(of peer: Peer) -> NodeState {
        nodes.withLock { state(of: peer, $0.standings[peer.id]) }
    }

    /// The states of these nodes at one moment, in their order.
    package func states(of peers: [Peer]) -> [NodeState] {
        nodes.withLock { nodes in
            peers.indices.map { state(of: peers[$0], nodes.standings[peers[$0].id]) }
        }
    }

    /// The same with what is known beside the rows: `body` is called for each node in their order, some hundred at a
    /// time, so that links do not wait for a large fleet to be gone through.
    func survey(_ peers: ArraySlice<Peer>, _ body: (Peer, NodeState, Live?) -> Void) {
        for start in stride(from: peers.startIndex, to: peers.endIndex, by: Self.surveyed) {
            nodes.withLock { nodes in
                for index in start..<min(peers.endIndex, start + Self.surveyed) {
                    let id = peers[index].id
                    body(peers[index], state(of: peers[index], nodes.standings[id]), nodes[id])
                }
            }
        }
    }

    /// How long a node has been without a link, in milliseconds; nil while it has one.
    package func absence(of node: String) -> Int64? {
        nodes.withLock { nodes in
            guard let standing = nodes.standings[node] else { return monotonic() - startedAt }
            return standing.isLinked ? nil : monotonic() - standing.goneSince
        }
    }

    /// The nodes that have been without a link for `limit` milliseconds and more.
    func absent(_ limit: Int64, of peers: [Peer]) -> [Peer] {
        nodes.withLock { nodes in
            let now = monotonic()
            return peers.indices.filter { index in
                guard let standing = nodes.standings[peers[index].id] else { return now - startedAt >= limit }
                return !standing.isLinked && now - standing.goneSince >= limit
            }.map { peers[$0] }
        }
    }

    /// What changed since it was last asked; each change is told once.
    func transitions(_ peers: [Peer]) -> [Transition] {
        nodes.withLock { nodes in
            var changes: [Transition] = []
            for index in peers.indices {
                let standing = nodes.standings[peers[index].id]
                let now = state(of: peers[index], standing)
                guard standing?.announced != now else { continue }
                changes.append(Transition(node: peers[index].id, from: standing?.announced, to: now))
                nodes.announce(now, of: peers[index].id, goneSince: startedAt)
            }
            return changes
        }
    }

    /// Takes back that a change was told, because telling it failed; it comes again.
    func untell(_ change: Transition) {
        nodes.withLock { nodes in
            guard nodes.standings[change.node]?.announced == change.to else { return }
            nodes.announce(change.from, of: change.node, goneSince: startedAt)
        }
    }

    private func state(of peer: Peer, _ standing: Standing?) -> NodeState {
        switch peer.state {
        case .removed: return .removed
        case .pending: return .pending
        case .active: break
        }
        if standing?.isLinked == true { return .connected }
        return monotonic() - (standing?.goneSince ?? startedAt) < graceMs ? .disconnected : .offline
    }
}

extension Link {
    /// Whether the link is neither over nor closing.
    fileprivate var isStanding: Bool { !hasEnded && farewell == nil }
}

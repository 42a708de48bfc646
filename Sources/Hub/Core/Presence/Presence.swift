import CallProtocol
package import Link
package import Operations
import Store
import Synchronization

/// Which links stand: the one authority on who is connected. The database is reconciled to it, never the reverse.
package final class Presence: Sendable {
    /// What is known of a node beside its row.
    package struct Live: Sendable {
        package fileprivate(set) var control: Link?
        package fileprivate(set) var status: HostStatus?
        package fileprivate(set) var address: String?
        package fileprivate(set) var software: String?
        /// Milliseconds since 1970.
        package fileprivate(set) var lastSeen: Int64?
        /// Since when there is no link, on the monotonic clock in milliseconds.
        fileprivate var goneSince: Int64
        fileprivate var rules = TakeoverRules()
        /// What events have told last.
        fileprivate var announced: NodeState?
    }

    /// A change of state worth an event.
    package struct Transition: Sendable, Hashable {
        package var node: String
        package var from: NodeState?
        package var to: NodeState
    }

    private let nodes: Mutex<[String: Live]>
    private let graceMs: Int64
    private let startedAt: Int64
    private let monotonic: @Sendable () -> Int64

    /// - Parameters:
    ///   - graceMs: how long a node without a link is `disconnected` before it is `offline`.
    ///   - monotonic: milliseconds that never go back.
    package init(graceMs: Int64 = 30_000, monotonic: @escaping @Sendable () -> Int64) {
        nodes = Mutex([:])
        self.graceMs = graceMs
        self.monotonic = monotonic
        startedAt = monotonic()
    }

    /// Judges a newcomer by ``TakeoverRules``; changes nothing but the rules' memory.
    func judge(_ node: String, hello: Hello) -> TakeoverRules.Verdict {
        nodes.withLock { nodes in
            var live = nodes[node] ?? Live(goneSince: startedAt)
            let incumbent = live.control.map { (instance: $0.hello.instance, generation: $0.hello.generation ?? 0) }
            defer { nodes[node] = live }
            return live.rules.judge(
                instance: hello.instance, generation: hello.generation ?? 0, incumbent: incumbent, now: monotonic())
        }
    }

    /// Takes a link up; returns the one it takes the place of, to be closed by the caller.
    func connect(_ node: String, link: Link, at now: Int64) -> Link? {
        nodes.withLock { nodes in
            var live = nodes[node] ?? Live(goneSince: startedAt)
            let old = live.control
            live.control = link
            live.address = link.peer.address
            live.software = link.hello.software
            live.lastSeen = now
            nodes[node] = live
            return old
        }
    }

    /// Notes the end of a link; false when another has taken its place already.
    func disconnect(_ node: String, link: Link, at now: Int64) -> Bool {
        nodes.withLock { nodes in
            guard nodes[node]?.control === link else { return false }
            nodes[node]?.control = nil
            nodes[node]?.goneSince = monotonic()
            nodes[node]?.lastSeen = now
            return true
        }
    }

    func setStatus(_ node: String, _ status: HostStatus, at now: Int64) {
        nodes.withLock { nodes in
            nodes[node]?.status = status
            nodes[node]?.lastSeen = now
        }
    }

    /// Forgets a removed node; returns its link, to be closed.
    func remove(_ node: String) -> Link? {
        nodes.withLock { $0.removeValue(forKey: node)?.control }
    }

    /// The node's control link while it takes new streams.
    package func link(_ node: String) -> Link? {
        nodes.withLock { $0[node]?.control }.flatMap { $0.farewell == nil ? $0 : nil }
    }

    package func live(_ node: String) -> Live? { nodes.withLock { $0[node] } }

    package var linkCount: Int { nodes.withLock { $0.values.count { $0.control != nil } } }

    package func state(of peer: Peer) -> NodeState {
        nodes.withLock { state(of: peer, live: $0[peer.id]) }
    }

    /// The states of all nodes at once.
    package func states(of peers: [Peer]) -> [String: (state: NodeState, live: Live?)] {
        nodes.withLock { nodes in
            Dictionary(uniqueKeysWithValues: peers.map { ($0.id, (state(of: $0, live: nodes[$0.id]), nodes[$0.id])) })
        }
    }

    /// How long a node has been without a link, in milliseconds; nil while it has one.
    package func absence(of node: String) -> Int64? {
        nodes.withLock { nodes in
            guard let live = nodes[node] else { return monotonic() - startedAt }
            return live.control == nil ? monotonic() - live.goneSince : nil
        }
    }

    /// What changed since it was last asked; each change is told once.
    func transitions(_ peers: [Peer]) -> [Transition] {
        nodes.withLock { nodes in
            peers.compactMap { peer in
                let now = state(of: peer, live: nodes[peer.id])
                let before = nodes[peer.id]?.announced
                guard before != now else { return nil }
                nodes[peer.id, default: Live(goneSince: startedAt)].announced = now
                return Transition(node: peer.id, from: before, to: now)
            }
        }
    }

    private func state(of peer: Peer, live: Live?) -> NodeState {
        if peer.state == .removed { return .removed }
        if peer.state == .pending { return .pending }
        guard let live else { return monotonic() - startedAt < graceMs ? .disconnected : .offline }
        if live.control != nil { return .connected }
        return monotonic() - live.goneSince < graceMs ? .disconnected : .offline
    }
}

import CallProtocol
import Link
import Operations
import Store
import Synchronization

/// Which link a tunnel's connection takes: one of those that carry nothing else, so that heartbeats and terminals never wait
/// behind it; the control link while there is none yet, and the node is asked for one.
final class TunnelLinks: Sendable {
    /// A node has one more link for each so many connections that are open.
    static let connectionsALink = 64
    /// How long a node that could not make a link is not asked again, milliseconds.
    static let pause: Int64 = 10_000
    private static let patienceMs: Int64 = 10_000

    private struct Node {
        var open = 0
        /// Counts connections, so that links take turns.
        var turn = 0
        var isAsking = false
        var notBefore: Int64 = 0
    }

    private let presence: Presence
    private let directory: PeerDirectory
    private let deadlines: DeadlineQueue
    private let clock: HubClock
    private let nodes = Mutex<[String: Node]>([:])

    init(presence: Presence, directory: PeerDirectory, deadlines: DeadlineQueue, clock: HubClock) {
        self.presence = presence
        self.directory = directory
        self.deadlines = deadlines
        self.clock = clock
    }

    /// The control link of a node that serves tunnels: it is connected, and neither waits for approval nor was removed.
    func control(_ node: String) -> Link? {
        guard let peer = directory[node], peer.state == .active, peer.isEnabled else { return nil }
        return presence.link(node)
    }

    /// The link for one more connection; nil where the node serves none now.
    func link(for node: String) -> Link? {
        guard let control = control(node) else { return nil }
        let links = presence.bulkLinks(node)
        let now = clock.monotonic()
        let (turn, wanted) = nodes.withLock { nodes -> (Int, Int?) in
            var known = nodes[node] ?? Node()
            defer { nodes[node] = known }
            known.turn += 1
            let wanted = min(LinkOpenInput.most, 1 + known.open / Self.connectionsALink)
            guard wanted > links.count, !known.isAsking, now >= known.notBefore else { return (known.turn, nil) }
            known.isAsking = true
            return (known.turn, wanted)
        }
        if let wanted { Task { await ask(node, for: wanted, over: control) } }
        return links.isEmpty ? control : links[turn % links.count]
    }

    /// Asks a node for its first link where it has none, before any connection comes.
    func prepare(_ node: String) { _ = link(for: node) }

    private func ask(_ node: String, for slots: Int, over control: Link) async {
        let client = CallClient(control, deadlines: deadlines)
        let made: Void? = try? await {
            _ = try await client.call(
                LinkOperations.open, LinkOpenInput(slots: slots), .init(deadlineMs: Self.patienceMs))
        }()
        nodes.withLock { nodes in
            nodes[node]?.isAsking = false
            if made == nil { nodes[node]?.notBefore = clock.monotonic() + Self.pause }
        }
    }

    /// Counts the connections that are open to a node.
    func count(_ node: String, _ change: Int) { nodes.withLock { $0[node, default: Node()].open += change } }
}

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

    /// A connection's place on a link, from ``take(_:)`` to ``give(_:)``.
    struct Seat: Sendable {
        let link: Link
        fileprivate let node: String
    }

    private struct Node {
        /// Connections that are open, by the link that they go over.
        var open: [ObjectIdentifier: Int] = [:]
        var isAsking = false
        var notBefore: Int64 = 0

        /// How many links it is to be asked for now; nil where it has enough, or is asked already.
        mutating func wanted(_ count: Int, now: Int64) -> Int? {
            let wanted = min(LinkOpenInput.most, 1 + open.values.reduce(0, +) / TunnelLinks.connectionsALink)
            guard wanted > count, !isAsking, now >= notBefore else { return nil }
            isAsking = true
            return wanted
        }
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

    /// A place for one more connection: on the link that has the fewest; nil where the node serves none now.
    func take(_ node: String) -> Seat? {
        guard let control = control(node) else { return nil }
        let links = presence.bulkLinks(node)
        let (link, wanted) = nodes.withLock { nodes -> (Link, Int?) in
            var known = nodes[node] ?? Node()
            defer { nodes[node] = known }
            let least = links.min { known.open[ObjectIdentifier($0)] ?? 0 < known.open[ObjectIdentifier($1)] ?? 0 }
            let link = least ?? control
            known.open[ObjectIdentifier(link), default: 0] += 1
            return (link, known.wanted(links.count, now: clock.monotonic()))
        }
        if let wanted { Task { await ask(node, for: wanted, over: control) } }
        return Seat(link: link, node: node)
    }

    func give(_ seat: Seat) {
        nodes.withLock { nodes in
            let left = (nodes[seat.node]?.open[ObjectIdentifier(seat.link)] ?? 1) - 1
            nodes[seat.node]?.open[ObjectIdentifier(seat.link)] = left > 0 ? left : nil
        }
    }

    /// Asks a node for its first link where it has none, before any connection comes.
    func prepare(_ node: String) {
        guard let control = control(node) else { return }
        let count = presence.bulkLinks(node).count
        let wanted = nodes.withLock { $0[node, default: Node()].wanted(count, now: clock.monotonic()) }
        if let wanted { Task { await ask(node, for: wanted, over: control) } }
    }

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
}

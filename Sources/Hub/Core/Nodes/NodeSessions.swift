import Synchronization

/// The work with nodes over their control links, one session a node: the newest.
final class NodeSessions: Sendable {
    private let open = Mutex<[String: NodeSession]>([:])
    private let news: AsyncStream<NodeSession>.Continuation
    /// Those that are to begin, in the order of their links; ends with ``finish()``. For one reader.
    let arrivals: AsyncStream<NodeSession>

    init() { (arrivals, news) = AsyncStream.makeStream() }

    func begin(_ session: NodeSession) { news.yield(session) }

    /// No more begin.
    func finish() { news.finish() }

    /// Takes its node's place. - Returns: the one that had it.
    func enter(_ session: NodeSession) -> NodeSession? {
        open.withLock { open in
            defer { open[session.node] = session }
            return open[session.node]
        }
    }

    /// Gives its node's place back, where it still has it.
    func leave(_ session: NodeSession) {
        open.withLock { open in
            if open[session.node] === session { open[session.node] = nil }
        }
    }

    /// Those whose nodes take orders.
    var ready: [NodeSession] { open.withLock { Array($0.values) }.filter(\.isReady) }

    /// The one that works with a node now.
    subscript(node: String) -> NodeSession? { open.withLock { $0[node] } }
}

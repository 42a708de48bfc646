import Link
import Synchronization

/// Every link that is ready, of whatever peer, so that a hub that stops can say goodbye to all of them.
final class OpenLinks: Sendable {
    private struct State {
        var links: [ObjectIdentifier: (link: Link, peer: String?)] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Counts a link in; false once ``close()`` was called.
    /// - Parameter peer: the id of whose link it is; nil for one that enrols.
    func insert(_ link: Link, of peer: String?) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.links[ObjectIdentifier(link)] = (link, peer)
            return true
        }
    }

    func remove(_ link: Link) {
        state.withLock { state in
            state.links[ObjectIdentifier(link)] = nil
        }
    }

    /// The links of these keys.
    func links(of keys: Set<Fingerprint>) -> [Link] {
        state.withLock { state in state.links.values.map(\.link).filter { keys.contains($0.peer.fingerprint) } }
    }

    /// The links of a peer, with whatever key: also those that are draining, perhaps with one of before.
    func links(of peer: String) -> [Link] {
        state.withLock { state in state.links.values.filter { $0.peer == peer }.map(\.link) }
    }

    /// How many links each key has.
    var counts: [Fingerprint: Int] {
        state.withLock { state in state.links.values.reduce(into: [:]) { $0[$1.link.peer.fingerprint, default: 0] += 1 }
        }
    }

    /// Takes no more links, and returns those there are.
    func close() -> [Link] {
        state.withLock { state in
            state.isClosed = true
            return state.links.values.map(\.link)
        }
    }
}

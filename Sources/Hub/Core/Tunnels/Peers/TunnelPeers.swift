import Store
import Synchronization

/// The tunnel peers that are connected, by id.
final class TunnelPeers: Sendable {
    private let ids = Mutex<Set<String>>([])

    func insert(_ id: String) { ids.withLock { _ = $0.insert(id) } }

    func remove(_ id: String) { ids.withLock { _ = $0.remove(id) } }

    var all: Set<String> { ids.withLock { $0 } }
}

extension PeerRecord.Kind {
    /// As people call it.
    var word: String {
        switch self {
        case .spoke: "node"
        case .operator_: "operator"
        case .tunnel: "tunnel peer"
        }
    }
}

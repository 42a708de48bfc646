import CallProtocol
import Store
import Synchronization

/// The tunnels of a hub, as they are at work.
final class TunnelTable: Sendable {
    private let tunnels = Mutex<[String: Tunnel]>([:])
    /// Those that are reached by a name.
    private let names = Mutex<[String: Tunnel]>([:])
    /// The connections of all of them.
    let open = BoundedCount()

    /// Newest first: ids rise with time.
    var all: [Tunnel] {
        tunnels.withLock { $0.values.map { (id: $0.record.id, tunnel: $0) } }.sorted { $0.id > $1.id }.map(\.tunnel)
    }

    /// The tunnel that a host's name stands for.
    subscript(name name: String) -> Tunnel? { names.withLock { $0[name] } }

    func insert(_ tunnel: Tunnel) {
        let record = tunnel.record
        tunnels.withLock { $0[record.id] = tunnel }
        if let name = record.hostname { names.withLock { $0[name] = tunnel } }
    }

    func remove(_ id: String) -> Tunnel? {
        guard let tunnel = tunnels.withLock({ $0.removeValue(forKey: id) }) else { return nil }
        if let name = tunnel.record.hostname { names.withLock { $0[name] = nil } }
        return tunnel
    }

    /// The tunnel that a person means: by its id, a beginning that only one id has, its name or the first part of it, or a label that
    /// only one has.
    /// - Parameter isVisible: whether the person may know of it; one that they may not is as if it were not there.
    /// - Throws: `NOT_FOUND`, or `INVALID_INPUT` with the candidates.
    func find(_ text: String, isVisible: (Tunnel) -> Bool) throws(CallError) -> Tunnel {
        if let tunnel = tunnels.withLock({ $0[text] }), isVisible(tunnel) { return tunnel }
        let found = all.filter { tunnel in
            let record = tunnel.record
            return
                (record.label == text || record.hostname == text || record.hostname?.hasPrefix(text + ".") == true
                || record.id.hasPrefix(text)) && isVisible(tunnel)
        }
        guard let first = found.first else {
            throw CallError(.notFound, "there is no tunnel `\(text)`; `capstan tunnel list` shows them")
        }
        guard found.count == 1 else {
            throw CallError(
                ambiguous: text, "means several tunnels", candidates: found.map { ($0.record.id, $0.record.id) })
        }
        return first
    }

    /// A node's link has come or gone.
    func nodeChanged(_ node: String) {
        for tunnel in tunnels.withLock({ Array($0.values) }) where tunnel.record.nodeId == node {
            tunnel.changed.fire()
        }
    }
}

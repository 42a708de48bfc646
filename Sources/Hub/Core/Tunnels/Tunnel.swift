import CallProtocol
import Link
import NIOCore
import Operations
import Store
import Synchronization
import Tunnels

/// One tunnel at work: its listener, its connections, and what is known of the way to its endpoint.
final class Tunnel: Sendable {
    let core: HubCore
    /// Nil where the hub takes none.
    let place: TunnelPlace?
    /// Fires with every change of its record, its listener or what is known of it.
    let changed = ChangeSignal()
    let state: Mutex<State>
    private let work = Mutex<Task<Void, Never>?>(nil)

    struct State {
        var record: TunnelRecord
        var endpoint: TunnelEndpoint?
        /// Nil for everybody.
        var allowed: [AddressRange]?
        var listener: (any Channel)?
        /// The end of the listener before.
        var closing: EventLoopFuture<Void>?
        /// Why there is no listener.
        var trouble: String?
        var connections: [ObjectIdentifier: any Channel] = [:]
        /// Those that requests go over.
        var streams: [ObjectIdentifier: SessionStream] = [:]
        var stats = TunnelStats()
        var check = Check()
        /// What became of connections while one of ours is among them, by the port that they come from.
        var trial: [Int: Finding]?
        /// What a request of the hub's own shows, while it tries the way.
        var nonce: String?
        var isDeleted = false
        /// Whether connections are taken; one may come while the listener is closing.
        var isOpen = true
    }

    /// How a try ended.
    enum Finding: Hashable, Sendable {
        case good
        case bad(CallError)
    }

    /// What was found out about the way to the endpoint, over one link and for one endpoint.
    struct Check: Hashable, Sendable {
        var link: String?
        var endpoint: TunnelEndpoint?
        /// Nil while nobody knows.
        var reachable: Finding?
        var verified: Finding?
    }

    init(_ record: TunnelRecord, core: HubCore, place: TunnelPlace?) {
        self.core = core
        self.place = place
        state = Mutex(State(record: record))
        take(record)
    }

    /// Whether connections are taken.
    var isOpen: Bool { state.withLock { $0.isOpen && $0.record.enabled } }

    var isDeleted: Bool { state.withLock { $0.isDeleted } }

    var record: TunnelRecord { state.withLock { $0.record } }

    var url: String {
        if let hostname = record.hostname {
            return core.configuration.web?.url(hostname, listening: core.webAddress?.port) ?? "http://\(hostname)"
        }
        let host = place?.publicHost ?? core.configuration.advertised.first?.host ?? "127.0.0.1"
        return "tcp://\(host.contains(":") ? "[\(host)]" : host):\(record.port ?? 0)"
    }

    /// Takes up what the store says of it now.
    func take(_ record: TunnelRecord) {
        let networks = TunnelNetworks.decode(record.allowFrom)
        state.withLock { state in
            state.record = record
            state.endpoint = try? TunnelEndpoint(parsing: record.endpoint)
            // One that cannot be read lets nobody in.
            state.allowed = record.allowFrom == nil ? nil : (networks ?? []).compactMap(AddressRange.init)
        }
        changed.fire()
    }

    /// Listens and keeps looking after the way, until ``stop(deleting:)``. A port that cannot be had is tried again.
    func start() {
        work.withLock { work in
            guard work == nil else { return }
            state.withLock { $0.isOpen = true }
            work = Task { [weak self] in await self?.run() }
        }
    }

    /// Takes no more connections, and resets those that stand.
    func stop(deleting: Bool = false) {
        work.withLock { $0.take() }?.cancel()
        let (connections, streams) = state.withLock { state in
            state.closing = state.listener?.close()
            (state.listener, state.trouble, state.check) = (nil, nil, Check())
            state.isOpen = false
            if deleting { state.isDeleted = true }
            return (Array(state.connections.values), Array(state.streams.values))
        }
        for connection in connections { ConnectionRelay.reset(connection) }
        for stream in streams { stream.reset(.aborted, "the tunnel was closed") }
        changed.fire()
    }
}

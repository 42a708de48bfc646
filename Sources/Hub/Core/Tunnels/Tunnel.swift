import CallProtocol
import Link
import NIOCore
import Operations
import Store
import Synchronization
import Tunnels

/// One tunnel at work: its door, its connections, and what is known of the way to its endpoint.
final class Tunnel: Sendable {
    let core: HubCore
    let door: any TunnelDoor
    /// Fires with every change of its record, its door or what is known of it.
    let changed = ChangeSignal()
    let state: Mutex<State>
    private let work = Mutex<Task<Void, Never>?>(nil)

    struct State {
        var record: TunnelRecord
        var endpoint: TunnelEndpoint?
        /// Nil for everybody.
        var allowed: [AddressRange]?
        var connections: [ObjectIdentifier: any Channel] = [:]
        /// Those that requests go over.
        var streams: [ObjectIdentifier: SessionStream] = [:]
        var stats = TunnelStats()
        var check = Check()
        var isDeleted = false
        /// Whether connections are taken; one may come while the door is closing.
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

    /// - Parameter door: nil for a new one, as the record says it.
    init(_ record: TunnelRecord, core: HubCore, door: (any TunnelDoor)? = nil) {
        self.core = core
        self.door = door ?? record.hostname.map { NameDoor($0, core) } ?? PortDoor(record.port ?? 0, core.configuration)
        state = Mutex(State(record: record))
        take(record)
    }

    /// Whether connections are taken.
    var isOpen: Bool { state.withLock { $0.isOpen && $0.record.enabled } }

    var isDeleted: Bool { state.withLock { $0.isDeleted } }

    var record: TunnelRecord { state.withLock { $0.record } }

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

    /// Opens the door and keeps looking after the way, until ``stop(deleting:)``. A port that cannot be had is tried again.
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
            state.check = Check()
            state.isOpen = false
            if deleting { state.isDeleted = true }
            return (Array(state.connections.values), Array(state.streams.values))
        }
        door.close()
        for connection in connections { ConnectionRelay.reset(connection) }
        for stream in streams { stream.reset(.aborted, "the tunnel was closed") }
        changed.fire()
    }
}

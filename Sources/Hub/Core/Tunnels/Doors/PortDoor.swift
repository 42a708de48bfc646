import CallProtocol
import Link
import NIOCore
import Synchronization
import Tunnels

/// A port that a tunnel listens on.
final class PortDoor: TunnelDoor {
    /// How long a connection may take to come through.
    private static let patience = Duration.seconds(10)

    private let port: Int
    /// Nil where the hub takes no connections to tunnels.
    private let place: TunnelPlace?
    private let configuration: HubConfiguration
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        /// The end of the listener before.
        var closing: EventLoopFuture<Void>?
        /// Why there is no listener.
        var trouble: String?
        /// What became of connections while one of ours is among them, by the port that they come from.
        var trial: [Int: Tunnel.Finding]?
        /// How many of ours there were: a try that was given up may end after the next has begun.
        var trials = 0
    }

    init(_ port: Int, _ configuration: HubConfiguration) {
        self.port = port
        self.configuration = configuration
        place = configuration.tunnels
    }

    static let off =
        "this hub takes no tunnels: it was started with --tunnel-ports off; start it with a range of ports, as 20000-20999"

    var url: String {
        let host = place?.publicHost ?? configuration.advertised.first?.host ?? "127.0.0.1"
        return "tcp://\(HostPort(host: host, port: port))"
    }

    var standing: DoorStanding {
        state.withLock { state in
            state.listener != nil ? .open : .shut(state.trouble.map { "port \(port): \($0)" })
        }
    }

    func open(for tunnel: Tunnel) async -> Bool {
        guard port > 0, state.withLock({ $0.listener == nil }) else { return false }
        do {
            return try await listen(for: tunnel)
        } catch {
            let reason = NetworkReason.text(error)
            return state.withLock { state in
                guard !Task.isCancelled else { return false }
                defer { state.trouble = reason }
                return state.trouble != reason
            }
        }
    }

    /// Begins to listen. - Returns: false where that is not wanted any more.
    /// - Throws: the system's reason.
    @discardableResult
    func listen(for tunnel: Tunnel) async throws -> Bool {
        guard let place else { throw CallError(.failedPrecondition, Self.off) }
        try? await state.withLock { $0.closing }?.get()
        let listener = try await ConnectionListener.bind(HostPort(host: place.host, port: port), on: place.group) {
            [weak tunnel] connection in
            if let tunnel { tunnel.accept(connection) } else { ConnectionRelay.reset(connection) }
        }
        return state.withLock { state in
            guard !Task.isCancelled, tunnel.isOpen, !tunnel.isDeleted, state.listener == nil else {
                state.closing = listener.close()
                return false
            }
            (state.listener, state.trouble) = (listener, nil)
            return true
        }
    }

    deinit { close() }

    func close() {
        state.withLock { state in
            if let listener = state.listener { state.closing = listener.close() }
            (state.listener, state.trouble) = (nil, nil)
        }
    }

    func attempt(_ tunnel: Tunnel) async -> Tunnel.Finding {
        let number = state.withLock { state in
            (state.trial, state.trials) = ([:], state.trials + 1)
            return state.trials
        }
        defer {
            state.withLock { state in
                if state.trials == number { state.trial = nil }
            }
        }
        do {
            guard let place, let number = state.withLock({ $0.listener })?.localAddress?.port else {
                throw CallError(.unavailable, "the listener is closed")
            }
            let host = HostPort(host: place.host, port: number).reachable.host
            let connection = try await ConnectionDialler().connect(host: host, port: number, on: nil)
            defer { ConnectionRelay.close(connection) }
            let port = connection.localAddress?.port ?? 0
            let end = ContinuousClock.now + Self.patience
            while ContinuousClock.now < end {
                let mark = tunnel.changed.mark
                if let outcome = state.withLock({ $0.trial?[port] }) { return outcome }
                try await tunnel.changed.wait(after: mark, atMost: .milliseconds(500), on: tunnel.core.clock)
            }
            return .bad(CallError(.timeout, "a connection did not come through within 10 s"))
        } catch {
            return .bad(error as? CallError ?? CallError(.unavailable, NetworkReason.text(error)))
        }
    }

    func note(_ address: SocketAddress?, _ outcome: Tunnel.Finding) -> Bool {
        guard let port = address?.port else { return false }
        return state.withLock { state in
            state.trial?[port] = outcome
            return state.trial != nil
        }
    }

    func isOwn(check: String?) -> Bool { false }
}

import CallProtocol
import Link
import NIOCore
import Operations
import Store
import Synchronization
import Tunnels

/// Connections from outside.
extension Tunnel {
    /// Takes one that has come in by the door.
    func accept(_ connection: any Channel) {
        let address = connection.remoteAddress
        let (isAllowed, node, endpoint) = state.withLock { state in
            let isAllowed = state.allowed.map { allowed in
                address.map { address in allowed.contains { $0.contains(address) } } ?? false
            }
            return (isAllowed ?? true, state.record.nodeId, state.endpoint)
        }
        guard core.admit(connection) else {
            note(address, .bad(CallError(.resourceExhausted, "the hub has too many connections to tunnels")))
            state.withLock { $0.stats.refused += 1 }
            return ConnectionRelay.reset(connection)
        }
        guard isAllowed else {
            // What is tried is the way until here; who may pass is no part of it.
            note(address, .good)
            state.withLock { $0.stats.refused += 1 }
            return ConnectionRelay.reset(connection)
        }
        do throws(CallError) {
            guard let endpoint, let seat = core.tunnelLinks.take(node) else {
                throw CallError(.unavailable, "\(core.directory[node]?.name ?? "the node") is not connected")
            }
            try carry(connection, from: address, to: endpoint, over: seat)
        } catch {
            note(address, .bad(error))
            count(error)
            ConnectionRelay.reset(connection)
        }
    }

    /// Opens a session with the node and joins the connection to it at once: what it says first is under way when the node connects.
    private func carry(
        _ connection: any Channel, from address: SocketAddress?, to endpoint: TunnelEndpoint,
        over seat: TunnelLinks.Seat
    ) throws(CallError) {
        let hasCome = Flag()
        let stream = try begin(endpoint, over: seat) { result in
            guard case .success = result else { return }
            hasCome.set()
            self.note(address, .good)
        }
        let isOpen = state.withLock { state in
            if state.isOpen { state.connections[ObjectIdentifier(connection)] = connection }
            return state.isOpen
        }
        if !isOpen { ConnectionRelay.reset(connection) }
        ConnectionRelay.join(connection, stream) { end in
            self.passed(over: seat, received: end.received, sent: end.sent) {
                $0.connections[ObjectIdentifier(connection)] = nil
            }
            guard let failure = end.failure else { return }
            let error = CallError(failure)
            self.count(error)
            if !hasCome.isSet, !end.isOfConnection { self.lost(the: error, from: address) }
        }
    }

    /// Begins a session with the node, which connects to the endpoint. Where it cannot, the seat is given back.
    private func begin(
        _ endpoint: TunnelEndpoint, over seat: TunnelLinks.Seat,
        onAnswer: @escaping @Sendable (Result<Void, CallError>) -> Void
    ) throws(CallError) -> SessionStream {
        let start = ContinuousClock.now
        let input = TunnelDialInput(host: endpoint.host, port: endpoint.port, tls: endpoint.scheme.encryption)
        let client = CallClient(seat.link, deadlines: core.deadlines)
        do throws(CallError) {
            return try client.beginSession(TunnelOperations.dial, input) { answer in
                if case .success = answer {
                    let milliseconds = start.duration(to: .now) / .milliseconds(1)
                    self.state.withLock { $0.stats.connected(within: milliseconds) }
                }
                onAnswer(answer.map { _ in })
            }
        } catch {
            core.tunnelLinks.give(seat)
            throw error
        }
    }

    /// A session is over, and with it its seat.
    private func passed(
        over seat: TunnelLinks.Seat, received: Int64, sent: Int64, _ forget: (inout State) -> Void
    ) {
        core.tunnelLinks.give(seat)
        state.withLock { state in
            forget(&state)
            state.stats.received += received
            state.stats.sent += sent
        }
    }

    /// Begins a session that carries requests, until ``closed(_:over:received:sent:)``.
    func open(
        _ endpoint: TunnelEndpoint, over seat: TunnelLinks.Seat,
        onAnswer: @escaping @Sendable (Result<Void, CallError>) -> Void
    ) throws(CallError) -> SessionStream {
        let stream = try begin(endpoint, over: seat, onAnswer: onAnswer)
        let isOpen = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            return state.isOpen
        }
        if !isOpen { stream.reset(.aborted, "the tunnel was closed") }
        return stream
    }

    /// - Parameters:
    ///   - received: bytes that went to the endpoint.
    ///   - sent: bytes that came from it.
    func closed(_ stream: SessionStream, over seat: TunnelLinks.Seat, received: Int64, sent: Int64) {
        passed(over: seat, received: received, sent: sent) { $0.streams[ObjectIdentifier(stream)] = nil }
    }

    /// A connection did not come through: what was verified is not so any more, and is looked after.
    func lost(the error: CallError, from address: SocketAddress?) {
        note(address, .bad(error))
        state.withLock { ($0.check.reachable, $0.check.verified) = (.bad(error), nil) }
        changed.fire()
    }

    func count(_ error: CallError) {
        state.withLock { state in
            state.stats.errors += 1
            state.stats.lastError = error.message
        }
    }

    private func note(_ address: SocketAddress?, _ outcome: Finding) {
        if door.note(address, outcome) { changed.fire() }
    }

    var stats: TunnelStats {
        state.withLock { state in
            var stats = state.stats
            stats.open = state.connections.count + state.streams.count
            return stats
        }
    }
}

extension TunnelStats {
    fileprivate mutating func connected(within milliseconds: Double) {
        connections += 1
        connectTotal += milliseconds
        connectLongest = max(connectLongest, milliseconds)
    }
}

extension TunnelEndpoint.Scheme {
    /// How the node encrypts connections to it.
    var encryption: TunnelDialInput.Encryption? {
        switch self {
        case .tcp, .http: nil
        case .https: .verified
        case .httpsInsecure: .insecure
        }
    }
}

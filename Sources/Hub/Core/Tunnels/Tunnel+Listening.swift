import CallProtocol
import Link
import NIOCore
import Operations
import Store
import Synchronization
import Tunnels

/// Connections from outside.
extension Tunnel {
    /// Begins to listen on the tunnel's port.
    /// - Throws: the system's reason.
    func listen() async throws {
        guard let place else { throw CallError(.failedPrecondition, Self.off) }
        let (port, closing) = state.withLock { ($0.record.port, $0.closing.take()) }
        try? await closing?.get()
        let listener = try await ConnectionListener.bind(HostPort(host: place.host, port: port), on: place.group) {
            self.accept($0)
        }
        let isWanted = state.withLock { state in
            guard !Task.isCancelled, state.record.enabled, !state.isDeleted, state.listener == nil else { return false }
            (state.listener, state.trouble) = (listener, nil)
            return true
        }
        guard isWanted else { return listener.close(promise: nil) }
        changed.fire()
    }

    static let off = "this hub takes no tunnels: it was started with --tunnel-ports off"

    private func accept(_ connection: any Channel) {
        let address = connection.remoteAddress
        let (isAllowed, node, endpoint) = state.withLock { state in
            let isAllowed = state.allowed.map { allowed in
                address.map { address in allowed.contains { $0.contains(address) } } ?? false
            }
            return (isAllowed ?? true, state.record.nodeId, state.endpoint)
        }
        guard core.tunnels.open.take(atMost: place?.connections ?? 0) else {
            note(address, .bad(CallError(.resourceExhausted, "the hub has too many connections to tunnels")))
            state.withLock { $0.stats.refused += 1 }
            return ConnectionRelay.reset(connection)
        }
        connection.closeFuture.whenComplete { [tunnels = core.tunnels] _ in tunnels.open.give() }
        guard isAllowed else {
            // What is tried is the way until here; who may pass is no part of it.
            note(address, .good)
            state.withLock { $0.stats.refused += 1 }
            return ConnectionRelay.reset(connection)
        }
        do throws(CallError) {
            guard let endpoint, let link = core.tunnelLinks.link(for: node) else {
                throw CallError(.unavailable, "\(core.directory[node]?.name ?? "the node") is not connected")
            }
            try carry(connection, from: address, to: endpoint, by: node, over: link)
        } catch {
            note(address, .bad(error))
            count(error)
            ConnectionRelay.reset(connection)
        }
    }

    /// Opens a session with the node and joins the connection to it at once: what it says first is under way when the node connects.
    private func carry(
        _ connection: any Channel, from address: SocketAddress?, to endpoint: TunnelEndpoint, by node: String,
        over link: Link
    ) throws(CallError) {
        let (start, hasCome) = (ContinuousClock.now, Flag())
        let stream = try CallClient(link, deadlines: core.deadlines).beginSession(
            TunnelOperations.dial, TunnelDialInput(host: endpoint.host, port: endpoint.port)
        ) { answer in
            guard case .success = answer else { return }
            hasCome.set()
            let milliseconds = start.duration(to: .now) / .milliseconds(1)
            self.state.withLock { state in
                state.stats.connections += 1
                state.stats.connectTotal += milliseconds
                state.stats.connectLongest = max(state.stats.connectLongest, milliseconds)
            }
            self.note(address, .good)
        }
        core.tunnelLinks.count(node, 1)
        let isOpen = state.withLock { state in
            if state.isOpen { state.connections[ObjectIdentifier(connection)] = connection }
            return state.isOpen
        }
        if !isOpen { ConnectionRelay.reset(connection) }
        ConnectionRelay.join(connection, stream) { end in
            self.core.tunnelLinks.count(node, -1)
            self.state.withLock { state in
                state.connections[ObjectIdentifier(connection)] = nil
                state.stats.received += end.received
                state.stats.sent += end.sent
            }
            guard let failure = end.failure else { return }
            let error = CallError(failure)
            self.count(error)
            if !hasCome.isSet, !end.isOfConnection { self.lost(the: error, from: address) }
        }
    }

    /// A connection did not come through: what was verified is not so any more, and is looked after.
    private func lost(the error: CallError, from address: SocketAddress?) {
        note(address, .bad(error))
        state.withLock { ($0.check.reachable, $0.check.verified) = (.bad(error), nil) }
        changed.fire()
    }

    private func count(_ error: CallError) {
        state.withLock { state in
            state.stats.errors += 1
            state.stats.lastError = error.message
        }
    }

    /// Notes what became of a connection, for who tries the way.
    private func note(_ address: SocketAddress?, _ outcome: Finding) {
        guard let port = address?.port else { return }
        let isTrial = state.withLock { state in
            state.trial?[port] = outcome
            return state.trial != nil
        }
        if isTrial { changed.fire() }
    }

    var stats: TunnelStats {
        state.withLock { state in
            var stats = state.stats
            stats.open = state.connections.count
            return stats
        }
    }
}

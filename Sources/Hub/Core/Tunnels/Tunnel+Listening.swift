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

    private func accept(_ connection: any Channel) {
        let (address, start) = (connection.remoteAddress, ContinuousClock.now)
        let isAllowed = state.withLock { state in
            guard let allowed = state.allowed else { return true }
            return address.map { address in allowed.contains { $0.contains(address) } } ?? false
        }
        guard isAllowed else {
            // What is tried is the way until here; who may pass is no part of it.
            note(address, .good)
            state.withLock { $0.stats.refused += 1 }
            return ConnectionRelay.reset(connection)
        }
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
        Task(executorPreference: EventLoopTasks(connection.eventLoop)) {
            do {
                try await self.carry(connection, from: address, since: start)
            } catch {
                let error = error as? CallError ?? CallError(.unavailable, "\(error)")
                self.note(address, .bad(error))
                self.count(error)
                ConnectionRelay.reset(connection)
            }
            self.state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
        }
    }

    private func carry(
        _ connection: any Channel, from address: SocketAddress?, since start: ContinuousClock.Instant
    ) async throws {
        let (node, endpoint) = state.withLock { ($0.record.nodeId, $0.endpoint) }
        guard let endpoint, let link = core.tunnelLinks.link(for: node) else {
            throw CallError(.unavailable, "\(core.directory[node]?.name ?? "the node") is not connected")
        }
        core.tunnelLinks.count(node, 1)
        defer { core.tunnelLinks.count(node, -1) }
        let stream = try await dial(endpoint, over: link)
        let milliseconds = start.duration(to: .now) / .milliseconds(1)
        note(address, .good)
        state.withLock { state in
            state.stats.connections += 1
            state.stats.connectTotal += milliseconds
            state.stats.connectLongest = max(state.stats.connectLongest, milliseconds)
        }
        let end = try await ConnectionRelay.run(connection, stream)
        state.withLock { state in
            state.stats.received += end.received
            state.stats.sent += end.sent
        }
        if let failure = end.failure { count(CallError(failure)) }
    }

    private func dial(_ endpoint: TunnelEndpoint, over link: Link) async throws(CallError) -> SessionStream {
        do throws(CallError) {
            return try await CallClient(link, deadlines: core.deadlines)
                .session(TunnelOperations.dial, TunnelDialInput(host: endpoint.host, port: endpoint.port)).stream
        } catch {
            // What was verified is not so any more, and is looked after.
            state.withLock { ($0.check.reachable, $0.check.verified) = (.bad(error), nil) }
            changed.fire()
            throw error
        }
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

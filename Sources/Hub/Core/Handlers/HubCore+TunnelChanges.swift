import CallProtocol
import Formats
import Glibc
import Link
import NIOCore
import Operations
import Store
import Tunnels

/// Tunnels: made and changed, one change at a time.
extension HubCore {
    func createTunnel(_ input: TunnelCreateInput, _ context: CallContext) async throws -> TunnelView {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        let node = try tunnelEnd(input.node, context)
        let endpoint = try Self.endpoint(input.endpoint)
        var record = TunnelRecord(
            id: ids.next(at: clock.now()), label: input.label, project: input.project, nodeId: node.id,
            endpoint: endpoint.description, protocol: endpoint.isHTTP ? "http" : "tcp",
            allowFrom: try TunnelNetworks.encode(input.access?.allowFrom),
            bearer: try Self.bearer(input.access?.bearer, isHTTP: endpoint.isHTTP),
            createdBy: context.caller.peer, createdAt: clock.now())
        record.enabled = input.enabled ?? true
        let tunnel =
            endpoint.isHTTP
            ? try named(&record, input.expose) : try await listening(&record, input.expose)
        do {
            try await write(tunnel.record, "created", by: context.caller) { try $0.insertTunnel($1) }
        } catch {
            tunnel.stop(deleting: true)
            throw error
        }
        tunnels.insert(tunnel)
        if record.enabled { tunnel.start() } else { tunnel.stop() }
        return view(tunnel)
    }

    /// One with a name of its own.
    private func named(_ record: inout TunnelRecord, _ expose: TunnelExpose?) throws(CallError) -> Tunnel {
        guard let web = configuration.web else {
            throw CallError(
                .failedPrecondition, NameDoor.off + "; start it without, or give the endpoint as tcp://HOST:PORT")
        }
        guard expose?.port == nil else {
            throw CallError(.invalidInput, "expose.port: an HTTP tunnel has a name; a port is for tcp:// endpoints")
        }
        let names = TunnelNames(place: web, taken: Set(tunnels.all.compactMap(\.record.hostname)))
        record.hostname = try names.name(asked: expose?.hostname)
        return Tunnel(record, core: self)
    }

    /// One that listens on a port of its own.
    private func listening(_ record: inout TunnelRecord, _ expose: TunnelExpose?) async throws -> Tunnel {
        guard let place = configuration.tunnels else { throw CallError(.failedPrecondition, PortDoor.off) }
        guard expose?.hostname == nil else {
            throw CallError(.invalidInput, "expose.hostname: a TCP tunnel has a port; a name is for http:// endpoints")
        }
        let ports = TunnelPorts(range: place.ports, taken: Set(tunnels.all.compactMap(\.record.port)))
        for port in try ports.candidates(asked: expose?.port) {
            record.port = port
            let door = PortDoor(port, configuration)
            let candidate = Tunnel(record, core: self, door: door)
            // A port that another program has is not taken; where none was asked for, the next one does.
            do { try await door.listen(for: candidate) } catch let error as IOError where error.errnoCode == EADDRINUSE
            {
                continue
            } catch {
                throw CallError(
                    .failedPrecondition, "cannot listen on \(place.host), port \(port): \(NetworkReason.text(error))")
            }
            return candidate
        }
        throw ports.exhausted(asked: expose?.port)
    }

    func updateTunnel(_ input: TunnelUpdateInput, _ context: CallContext) async throws -> TunnelView {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        let tunnel = try tunnel(input.id, TunnelOperations.update.descriptor, context)
        var record = tunnel.record
        let isHTTP = record.hostname != nil
        if let label = input.label { record.label = label }
        if let text = input.endpoint {
            let endpoint = try Self.endpoint(text)
            guard endpoint.isHTTP == isHTTP else {
                throw CallError(
                    .invalidInput,
                    "endpoint: a tunnel for \(record.protocol) stays one; make another for \(endpoint.scheme.rawValue)")
            }
            record.endpoint = endpoint.description
        }
        if let networks = input.allowFrom {
            record.allowFrom = networks.isEmpty ? nil : try TunnelNetworks.encode(networks)
        }
        if let bearer = input.bearer { record.bearer = bearer.isEmpty ? nil : try Self.bearer(bearer, isHTTP: isHTTP) }
        guard record != tunnel.record else { return view(tunnel) }
        try await write(record, "updated", by: context.caller) { try $0.updateTunnel($1) }
        tunnel.take(record)
        return view(tunnel)
    }

    func deleteTunnel(_ input: TunnelRef, _ context: CallContext) async throws -> Empty {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        let tunnel = try tunnel(input.id, TunnelOperations.delete.descriptor, context)
        try await delete([tunnel], by: context.caller)
        return Empty()
    }

    /// Deletes tunnels, and the tunnel peers whose last ones they were. Within a change.
    private func delete(_ gone: [Tunnel], by caller: Caller) async throws {
        for tunnel in gone {
            let (record, now) = (tunnel.record, clock.now())
            let idle = Set([record.nodeId, record.createdBy]).filter { isIdle(tunnelPeer: $0, without: record.id) }
                .compactMap { directory[$0] }
            try await write(record, "deleted", by: caller) { transaction, record in
                try transaction.removeTunnel(record.id)
                for peer in idle {
                    try transaction.removePeer(peer.id, at: now)
                    _ = try transaction.append(.removed(peer, "its last tunnel was deleted", by: caller.peer, at: now))
                }
            }
            _ = tunnels.remove(record.id)
            tunnel.stop(deleting: true)
            for peer in idle { drop(idleTunnelPeer: peer.id) }
        }
    }

    /// The tunnels that end at a tunnel peer go with it: nothing can come through them any more.
    func deleteTunnels(ofPeer id: String, by caller: Caller) async throws {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        try await delete(tunnels.all.filter { $0.record.nodeId == id }, by: caller)
    }

    func setTunnel(
        _ id: String, enabled: Bool, _ descriptor: OperationDescriptor, _ context: CallContext
    ) async throws -> TunnelView {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        let tunnel = try tunnel(id, descriptor, context)
        var record = tunnel.record
        guard record.enabled != enabled else { return view(tunnel) }
        record.enabled = enabled
        try await write(record, enabled ? "enabled" : "disabled", by: context.caller) { try $0.updateTunnel($1) }
        tunnel.take(record)
        if enabled { tunnel.start() } else { tunnel.stop() }
        return view(tunnel)
    }

    private func write(
        _ record: TunnelRecord, _ word: String, by caller: Caller,
        _ body: @escaping @Sendable (StoreTransaction, TunnelRecord) throws -> Void
    ) async throws {
        let now = clock.now()
        let name = record.label ?? record.id
        try await store.write { transaction in
            try body(transaction, record)
            _ = try transaction.append(
                EventDraft(
                    at: now, kind: "tunnel.\(word)", actor: caller.peer, node: record.nodeId, subject: record.id,
                    message: "the tunnel \(name) to \(record.endpoint) was \(word) by \(caller.name)"))
        }
        events.wrote()
    }

    private static func endpoint(_ text: String) throws(CallError) -> TunnelEndpoint {
        do throws(TunnelEndpoint.Mistake) { return try TunnelEndpoint(parsing: text) } catch {
            throw CallError(.invalidInput, "endpoint: \(error)")
        }
    }

    private static func bearer(_ token: String?, isHTTP: Bool) throws(CallError) -> String? {
        guard let token else { return nil }
        guard isHTTP else {
            throw CallError(.invalidInput, "bearer: tokens are for HTTP; who connects to a port has no way to show one")
        }
        guard token.utf8.count >= 16, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CallError(.invalidInput, "bearer: a token has 16 or more visible ASCII characters, and no spaces")
        }
        return TunnelBearer.hash(token)
    }
}

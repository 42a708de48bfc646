import CallProtocol
import Formats
import Glibc
import Link
import NIOCore
import Operations
import Store
import Tunnels

/// Tunnels: made, changed and followed.
extension HubCore {
    var tunnelEntries: [OperationEntry] {
        [
            TunnelOperations.create.handled { try await self.createTunnel($0, $1) },
            TunnelOperations.list.handled { try self.listTunnels($0, $1) },
            TunnelOperations.show.handled { input, context in
                self.view(try self.tunnel(input.id, TunnelOperations.show.descriptor, context))
            },
            TunnelOperations.update.handled { try await self.updateTunnel($0, $1) },
            TunnelOperations.delete.handled { try await self.deleteTunnel($0, $1) },
            TunnelOperations.enable.handled { input, context in
                try await self.setTunnel(input.id, enabled: true, TunnelOperations.enable.descriptor, context)
            },
            TunnelOperations.disable.handled { input, context in
                try await self.setTunnel(input.id, enabled: false, TunnelOperations.disable.descriptor, context)
            },
            TunnelOperations.progress.subscribed { input, context, sink in
                try await self.follow(
                    try self.tunnel(input.id, TunnelOperations.progress.descriptor, context), to: sink)
            },
            TunnelOperations.stats.handled { input, context in
                try self.tunnel(input.id, TunnelOperations.stats.descriptor, context).stats
            },
        ]
    }

    /// The tunnel a person means, if the caller may do this on its node.
    private func tunnel(
        _ text: String, _ descriptor: OperationDescriptor, _ context: CallContext
    ) throws(CallError) -> Tunnel {
        try tunnels.find(text) {
            context.caller.may(descriptor.access, onNode: directory[$0.record.nodeId]?.labels ?? [:])
        }
    }

    func view(_ tunnel: Tunnel) -> TunnelView {
        let (record, progress) = (tunnel.record, tunnel.progress)
        var view = TunnelView(
            id: record.id, node: directory[record.nodeId]?.name ?? record.nodeId, endpoint: record.endpoint,
            protocol: record.protocol, expose: TunnelExpose(port: record.port),
            access: TunnelAccess(allowFrom: TunnelNetworks.decode(record.allowFrom)), url: tunnel.url,
            state: !record.enabled ? .disabled : progress.isVerified ? .ready : .pending,
            createdBy: record.createdBy, createdAt: RFC3339.string(record.createdAt))
        view.label = record.label
        view.project = record.project
        return view
    }

    private func listTunnels(_ input: TunnelListInput, _ context: CallContext) throws -> TunnelList {
        let node = try input.node.map { try directory.node($0).id }
        let rule = TunnelOperations.list.descriptor.access
        let found = tunnels.all.filter { tunnel in
            let record = tunnel.record
            return (node == nil || record.nodeId == node) && (input.project == nil || record.project == input.project)
                && input.cursor.map { record.id < $0 } ?? true
                && context.caller.may(rule, onNode: directory[record.nodeId]?.labels ?? [:])
        }
        let page = found.prefix(input.limit ?? 1_000)
        return TunnelList(
            tunnels: page.map(view), cursor: page.count < found.count ? page.last?.record.id : nil)
    }

    private func createTunnel(_ input: TunnelCreateInput, _ context: CallContext) async throws -> TunnelView {
        let place = try tunnelPlace()
        let node = try directory.node(input.node)
        let rule = TunnelOperations.create.descriptor.access
        guard context.caller.may(rule, onNode: node.labels) else {
            throw CallError(.forbidden, "`\(context.caller.name)` has no right to \(rule.scope) on \(node.name)")
        }
        guard node.state != .pending else {
            throw CallError(
                .failedPrecondition, "\(node.name) waits for approval; `capstan node approve \(node.name)`")
        }
        let endpoint = try Self.endpoint(input.endpoint)
        let networks = try TunnelNetworks.encode(input.access?.allowFrom)
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        var record = TunnelRecord(
            id: ids.next(at: clock.now()), label: input.label, project: input.project, nodeId: node.id,
            endpoint: endpoint.description, protocol: "tcp", port: 0, allowFrom: networks,
            createdBy: context.caller.peer, createdAt: clock.now())
        let ports = TunnelPorts(range: place.ports, taken: Set(tunnels.all.map(\.record.port)))
        var tunnel: Tunnel?
        for port in try ports.candidates(asked: input.expose?.port) {
            record.port = port
            let candidate = Tunnel(record, core: self, place: place)
            // A port that another program has is not taken; where none was asked for, the next one does.
            do { try await candidate.listen() } catch let error as IOError where error.errnoCode == EADDRINUSE {
                continue
            } catch {
                throw CallError(
                    .failedPrecondition, "cannot listen on \(place.host), port \(port): \(NetworkReason.text(error))")
            }
            tunnel = candidate
            break
        }
        guard let tunnel else { throw ports.exhausted(asked: input.expose?.port) }
        do {
            try await write(tunnel.record, "created", by: context.caller) { try $0.insertTunnel($1) }
        } catch {
            tunnel.stop(deleting: true)
            throw error
        }
        tunnels.insert(tunnel)
        tunnel.start()
        return view(tunnel)
    }

    private func updateTunnel(_ input: TunnelUpdateInput, _ context: CallContext) async throws -> TunnelView {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        let tunnel = try tunnel(input.id, TunnelOperations.update.descriptor, context)
        var record = tunnel.record
        if let label = input.label { record.label = label }
        if let endpoint = input.endpoint { record.endpoint = try Self.endpoint(endpoint).description }
        if let access = input.access { record.allowFrom = try TunnelNetworks.encode(access.allowFrom) }
        guard record != tunnel.record else { return view(tunnel) }
        try await write(record, "updated", by: context.caller) { try $0.updateTunnel($1) }
        tunnel.take(record)
        return view(tunnel)
    }

    private func deleteTunnel(_ input: TunnelRef, _ context: CallContext) async throws -> Empty {
        await tunnelChanges.take()
        defer { tunnelChanges.give() }
        let tunnel = try tunnel(input.id, TunnelOperations.delete.descriptor, context)
        try await write(tunnel.record, "deleted", by: context.caller) { try $0.removeTunnel($1.id) }
        _ = tunnels.remove(tunnel.record.id)
        tunnel.stop(deleting: true)
        return Empty()
    }

    private func setTunnel(
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

    private func follow(_ tunnel: Tunnel, to sink: OutputSink) async throws {
        var told: TunnelProgress?
        while !tunnel.isDeleted {
            let mark = tunnel.changed.mark
            let progress = tunnel.progress
            if progress != told { try await sink.send(progress) }
            told = progress
            try await tunnel.changed.wait(after: mark)
        }
    }

    private func tunnelPlace() throws(CallError) -> TunnelPlace {
        guard let place = configuration.tunnels else {
            throw CallError(.failedPrecondition, Tunnel.off)
        }
        return place
    }

    private static func endpoint(_ text: String) throws(CallError) -> TunnelEndpoint {
        do throws(TunnelEndpoint.Mistake) { return try TunnelEndpoint(parsing: text) } catch {
            throw CallError(.invalidInput, "endpoint: \(error)")
        }
    }

    /// Takes up the tunnels of the store. Before any link, so that nobody finds one missing.
    func loadTunnels() async throws {
        for record in try await store.read({ try $0.tunnels() }) {
            tunnels.insert(Tunnel(record, core: self, place: configuration.tunnels))
        }
    }

    /// Lets them work until the task is cancelled.
    func runTunnels() async {
        for tunnel in tunnels.all where tunnel.record.enabled { tunnel.start() }
        while !Task.isCancelled { try? await clock.sleep(.seconds(3_600)) }
        for tunnel in tunnels.all { tunnel.stop() }
    }
}

import CallProtocol
import Formats
import Operations
import Store
import Tunnels

/// Tunnels: found, shown and followed.
extension HubCore {
    var tunnelEntries: [OperationEntry] {
        [
            TunnelOperations.create.handled { try await self.createTunnel($0, $1) },
            TunnelOperations.enrol.handled { try await self.enrolTunnel($0, $1) },
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
    func tunnel(
        _ text: String, _ descriptor: OperationDescriptor, _ context: CallContext
    ) throws(CallError) -> Tunnel {
        try tunnels.find(text) { may(context.caller, descriptor.access, with: $0.record) }
    }

    func view(_ tunnel: Tunnel) -> TunnelView {
        let (record, progress) = (tunnel.record, tunnel.progress)
        var access = TunnelAccess(allowFrom: TunnelNetworks.decode(record.allowFrom))
        access.needsBearer = record.bearer == nil ? nil : true
        var view = TunnelView(
            id: record.id, node: directory[record.nodeId]?.name ?? record.nodeId, nodeId: record.nodeId,
            carriedBy: directory[record.nodeId]?.kind == .tunnel ? .tunnel : .spoke, endpoint: record.endpoint,
            protocol: record.protocol, expose: TunnelExpose(port: record.port, hostname: record.hostname),
            access: access, url: tunnel.door.url,
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
                && may(context.caller, rule, with: record)
        }
        let page = found.prefix(input.limit ?? 1_000)
        return TunnelList(
            tunnels: page.map(view), cursor: page.count < found.count ? page.last?.record.id : nil)
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

    /// Takes up the tunnels of the store. Before any link, so that nobody finds one missing.
    func loadTunnels() async throws {
        for record in try await store.read({ try $0.tunnels() }) {
            tunnels.insert(Tunnel(record, core: self))
        }
    }

    /// Lets them work until the task is cancelled.
    func runTunnels() async {
        for tunnel in tunnels.all where tunnel.record.enabled { tunnel.start() }
        while !Task.isCancelled { try? await clock.sleep(.seconds(3_600)) }
        for tunnel in tunnels.all { tunnel.stop() }
    }
}

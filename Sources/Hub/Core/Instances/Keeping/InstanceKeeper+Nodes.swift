import CallProtocol
import Operations
import Store

/// An instance and the node that its spoke has become.
extension InstanceKeeper {
    /// The node of an instance, as its next step sees it.
    func node(of row: RentedRow) async throws -> InstanceSight.Node? {
        guard let token = row.instance.tokenId, row.instance.mayHaveNode else { return nil }
        let mayHaveWorked = row.instance.state == .active && !row.instance.hasWorked
        let (peer, idle, hasWorked) = try await core.store.read { transaction in
            let peer = try transaction.peer(enrolledBy: token)
            return (
                peer, try peer.flatMap { try transaction.idleSince($0.id) },
                try mayHaveWorked && peer.map { try transaction.hasWorked($0.id) } ?? false
            )
        }
        guard let peer, peer.state != .removed else { return nil }
        var reported = core.directory[peer.id]?.facts?.providerInstance
        if reported == row.instance.identity { reported = row.instance.providerId }
        // A terminal that somebody has open is work too.
        let isUsed = (core.presence.live(peer.id)?.status?.sessions ?? 0) > 0
        let since = row.instance.time(.active) ?? core.clock.now()
        return InstanceSight.Node(
            id: peer.id, reportedId: reported, idleSince: isUsed ? nil : idle.map { max($0, since) },
            isConnected: core.presence.link(peer.id) != nil,
            shape: core.directory[peer.id]?.facts.map(MachineShape.init), hasWorked: hasWorked)
    }

    /// Brings the node to where its instance is; again and again, so that nothing is missed.
    func settle(_ row: RentedRow) async throws {
        guard let node = try await settled(row) else { return }
        switch row.instance.state {
        case .active where node.state == .pending:
            try await core.inTurn { _ = try await core.approve(node) }
        case .draining where node.drain == .none:
            try await core.inTurn { _ = try await core.setDrain(node, .draining) }
        case .terminating, .terminated:
            _ = try await core.remove(node, force: true, by: .hub, because: row.instance.ending)
        default: break
        }
    }
}

extension InstanceKeeper {
    /// The node that is to be brought to where its instance is: also one that came when its end was wished for already.
    private func settled(_ row: RentedRow) async throws -> Peer? {
        if let id = row.instance.node { return core.directory[id] }
        guard row.instance.state == .terminating, let token = row.instance.tokenId else { return nil }
        return try await core.store.read { try $0.peer(enrolledBy: token)?.id }.flatMap { core.directory[$0] }
    }
}

extension Instance {
    fileprivate var mayHaveNode: Bool { [.booting, .enrolled, .active, .draining].contains(state) }
}

extension Caller {
    /// The hub, where it does itself what people may ask for.
    static let hub = Caller(peer: "hub", name: "the hub", role: "hub", grants: [])
}

package import Link
package import Operations
package import Store

/// A peer of the fleet as the hub works with it: the row, decoded, with the keys that hold now.
package struct Peer: Sendable, Hashable {
    package var id: String
    package var kind: PeerRecord.Kind
    package var name: String
    package var labels: [String: String]
    package var role: String?
    package var isEnabled: Bool
    package var state: PeerRecord.State
    package var drain: PeerRecord.Drain
    package var createdAt: Int64
    package var lastSeenAt: Int64?
    package var facts: HostFacts?
    package var fingerprints: Set<Fingerprint>
    /// The key that the peer is changing to, until a link with it is ready.
    package var announced: AnnouncedKey?
    /// The operator by whose right a tunnel peer works; nil for one that a token lets in.
    package var sponsor: String?
    /// Milliseconds since 1970: when the token that lets a tunnel peer in is over.
    package var validUntil: Int64?
    /// Another one after each change in the directory, which sets it; never used twice.
    package internal(set) var generation: UInt64 = 0

    /// A key that holds beside the old one for a while.
    package struct AnnouncedKey: Sendable, Hashable {
        package var fingerprint: Fingerprint
        /// Milliseconds since 1970.
        package var expiresAt: Int64
    }

    /// Every key that may open a link.
    var keys: Set<Fingerprint> { announced.map { fingerprints.union([$0.fingerprint]) } ?? fingerprints }

    /// What the peer may do by itself; spokes have fixed scopes, and tunnels too while their sponsor may make tunnels. One that
    /// waits for approval may ask who it is, no more; one that is disabled may do nothing.
    /// - Parameter sponsor: what the sponsor may do; nil where there is none any more.
    package func grants(roles: [String: [Grant]], sponsor: [Grant]? = nil) -> [Grant] {
        guard isEnabled else { return [] }
        guard state == .active else { return [Grant(scopes: ["peer:self"])] }
        return switch kind {
        case .spoke:
            [Grant(scopes: ["peer:rotate", "peer:self", "message:accept", "lease:renew"])]
        case .tunnel:
            [Grant(scopes: ["peer:rotate", "peer:self"] + (isSponsored(by: sponsor) ? Self.ownTunnels : []))]
        case .operator_:
            role.flatMap { BuiltInRole.grants($0) ?? roles[$0] } ?? []
        }
    }

    /// What a tunnel peer may do with the tunnels that are its own.
    private static let ownTunnels = [
        "tunnel:create", "tunnel:list", "tunnel:show", "tunnel:update", "tunnel:delete", "tunnel:enable",
        "tunnel:disable", "tunnel:progress", "tunnel:stats",
    ]

    private func isSponsored(by grants: [Grant]?) -> Bool {
        guard sponsor != nil else { return true }
        let rule = TunnelOperations.enrol.descriptor.access
        // On a machine that is no node, and so has no labels.
        return grants?.contains { $0.covers(rule) && $0.covers(node: [:]) } == true
    }
}

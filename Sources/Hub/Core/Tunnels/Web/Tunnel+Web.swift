import CallProtocol
import Link
import NIOHTTP1
import Operations
import Proxy
import Store
import Synchronization
import Tunnels

/// Requests over HTTP.
extension Tunnel {
    /// Where a request for this tunnel goes.
    func route(_ request: inout ProxyRequest) -> ProxyRoute {
        let check = request.head.headers.first(name: WebProbe.checkHeader)
        request.head.headers.remove(name: WebProbe.checkHeader)
        let (record, endpoint, isOpen, allowed) = state.withLock {
            ($0.record, $0.endpoint, $0.isOpen, $0.allowed)
        }
        guard isOpen, record.enabled, let endpoint else { return .refused(Self.disabled) }
        // The hub's own try shows the way; who may pass is no part of it.
        if !door.isOwn(check: check) {
            if let allowed, request.client.address.map({ address in allowed.contains { $0.contains(address) } }) != true
            {
                return refuse(ProxyRefusal(.forbidden, "This tunnel is not for the address that you ask from."))
            }
            if let bearer = record.bearer, !TunnelBearer.take(from: &request.head, hash: bearer) {
                var refusal = ProxyRefusal(.unauthorized, "This tunnel asks for a token: Authorization: Bearer TOKEN")
                refusal.headers["WWW-Authenticate"] = "Bearer realm=\"tunnel\""
                return refuse(refusal)
            }
            state.withLock { $0.stats.requests += 1 }
        }
        return .upstream(TunnelUpstream(tunnel: self, endpoint: endpoint, node: record.nodeId, id: record.id))
    }

    static let disabled = ProxyRefusal(
        .serviceUnavailable, "This tunnel is disabled.", step: TunnelStep.listenerBound)

    private func refuse(_ refusal: ProxyRefusal) -> ProxyRoute {
        state.withLock { $0.stats.refused += 1 }
        return .refused(refusal)
    }
}

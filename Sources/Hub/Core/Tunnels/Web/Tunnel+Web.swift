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
        let (record, endpoint, isOpen, allowed, nonce) = state.withLock {
            ($0.record, $0.endpoint, $0.isOpen, $0.allowed, $0.nonce)
        }
        guard isOpen, record.enabled, let endpoint else { return .refused(Self.disabled) }
        // The hub's own try shows the way; who may pass is no part of it.
        if nonce == nil || check != nonce {
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

    /// Asks the hub's own listener for the tunnel's name, as others do.
    func attempt(_ hostname: String, at web: WebPlace) async -> Finding {
        guard let address = core.webAddress else { return .bad(CallError(.unavailable, noWeb)) }
        let nonce = Hex.random(16)
        state.withLock { $0.nonce = nonce }
        defer { state.withLock { $0.nonce = nil } }
        var probe = WebProbe(name: hostname, isSecure: web.isListeningSecure)
        probe.headers = [WebProbe.checkHeader: nonce]
        do throws(CallError) {
            let answer = try await probe.ask(
                host: address.reachable.host, port: address.port,
                authority: web.authority(hostname, listening: address.port))
            if answer.isThrough { return .good }
            return .bad(CallError(.unavailable, "a request was answered with \(answer.status) at \(answer.step ?? "")"))
        } catch {
            return .bad(error)
        }
    }

    /// Why no request can come.
    var noWeb: String { core.configuration.web == nil ? Self.webOff : "HTTP is not answered yet" }

    static let webOff = "this hub answers no HTTP: it was started with --http off"
}

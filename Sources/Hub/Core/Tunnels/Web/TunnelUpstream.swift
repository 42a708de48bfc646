import CallProtocol
import Link
import NIOHTTP1
import Operations
import Proxy
import Store
import Tunnels

/// A tunnel's endpoint, for one request or those that follow it.
struct TunnelUpstream: ProxyUpstream {
    let tunnel: Tunnel
    let endpoint: TunnelEndpoint
    let node: String
    let id: String

    var identity: String { "\(id) \(node) \(endpoint)" }

    func connect() throws(ProxyRefusal) -> ProxyWay {
        guard let link = tunnel.core.tunnelLinks.link(for: node) else { throw refusal(nil) }
        do throws(CallError) {
            let stream = try tunnel.open(endpoint, by: node, over: link) { result in
                if case .failure(let error) = result { tunnel.lost(the: error, from: nil) }
            }
            return ProxyWay(stream) { received, sent in
                tunnel.closed(stream, by: node, received: sent, sent: received)
            }
        } catch {
            throw refusal(StreamFailure(error.code.linkCode, error.message))
        }
    }

    func refusal(_ failure: StreamFailure?) -> ProxyRefusal {
        let isConnected = tunnel.core.tunnelLinks.control(node) != nil
        if let failure { tunnel.count(CallError(failure)) }
        return ProxyRefusal(
            .badGateway,
            isConnected
                ? "The endpoint of this tunnel does not answer." : "The node of this tunnel is not connected.",
            step: isConnected ? TunnelStep.endpointReachable : TunnelStep.spokeConnected,
            advice: "Who runs it finds out more with: capstan tunnel show \(id)")
    }
}

/// The steps by their names, as pages tell them.
enum TunnelStep {
    static let registered = TunnelProgress.Name.registered.rawValue
    static let spokeConnected = TunnelProgress.Name.spokeConnected.rawValue
    static let listenerBound = TunnelProgress.Name.listenerBound.rawValue
    static let endpointReachable = TunnelProgress.Name.endpointReachable.rawValue
}

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
        guard let seat = tunnel.core.tunnelLinks.take(node) else { throw failed(nil) }
        do throws(CallError) {
            let stream = try tunnel.open(endpoint, over: seat) { result in
                if case .failure(let error) = result { tunnel.lost(the: error, from: nil) }
            }
            return ProxyWay(stream) { received, sent in
                tunnel.closed(stream, over: seat, received: sent, sent: received)
            }
        } catch {
            throw failed(StreamFailure(error.code.linkCode, error.message))
        }
    }

    func failed(_ failure: StreamFailure?) -> ProxyRefusal {
        guard tunnel.isOpen else { return Tunnel.disabled }
        tunnel.count(failure.map { CallError($0) } ?? CallError(.aborted, "the endpoint ended before its answer did"))
        let isConnected = tunnel.core.tunnelLinks.control(node) != nil
        let words =
            !isConnected
            ? "The node of this tunnel is not connected."
            : failure?.code == .frame
                ? "The endpoint of this tunnel does not speak HTTP." : "The endpoint of this tunnel does not answer."
        return ProxyRefusal(
            .badGateway, words, step: isConnected ? TunnelStep.endpointReachable : TunnelStep.spokeConnected,
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

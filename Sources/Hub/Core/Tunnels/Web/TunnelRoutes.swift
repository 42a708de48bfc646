import NIOHTTP1
package import Proxy

/// Which requests over HTTP belong to tunnels, and to which.
package struct TunnelRoutes: ProxyRoutes {
    private let core: HubCore
    private let local: any ProxyResponder

    /// - Parameter local: answers what is the hub's own.
    package init(_ core: HubCore, local: any ProxyResponder) {
        self.core = core
        self.local = local
    }

    package func route(_ request: inout ProxyRequest) -> ProxyRoute {
        if core.configuration.web?.reserved.contains(request.host) == true { return .local(local) }
        if let tunnel = core.tunnels[name: request.host] { return tunnel.route(&request) }
        // A name that is no tunnel's is not the hub's own either.
        if let domain = core.configuration.web?.domain, request.host.hasSuffix(".\(domain)") {
            return .refused(
                ProxyRefusal(
                    .notFound, "There is no tunnel of this name.",
                    step: TunnelStep.registered, advice: "Who runs it finds it with: capstan tunnel list"))
        }
        return .local(local)
    }
}

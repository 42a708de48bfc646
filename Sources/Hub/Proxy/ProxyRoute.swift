package import CallProtocol
package import NIOCore
package import NIOHTTP1
package import Operations

/// Who decides where requests go.
package protocol ProxyRoutes: Sendable {
    /// Called on the event loop of the connection; must not block.
    /// - Parameter request: what the endpoint is not to see may be taken out of it.
    func route(_ request: inout ProxyRequest) -> ProxyRoute
}

/// A request, as far as it decides where it goes.
package struct ProxyRequest: Sendable {
    /// Of its `Host` or its target: in lower case, without a port.
    package var host: String
    package var head: HTTPRequestHead
    package var client: ProxyClient
}

/// Who asks.
package struct ProxyClient: Sendable {
    /// Where the request comes from; what a trusted proxy says of it, where it comes from one.
    package var address: SocketAddress?
    /// Whether it came by TLS.
    package var isSecure: Bool
}

/// Where a request goes.
package enum ProxyRoute: Sendable {
    case upstream(any ProxyUpstream)
    case local(any ProxyResponder)
    case refused(ProxyRefusal)
}

/// An endpoint that requests are passed on to.
package protocol ProxyUpstream: Sendable {
    /// Which one it is: a connection is used again only for the same.
    var identity: String { get }
    /// Begins a connection. It may turn out later that it does not stand. Event loop of the client.
    func connect() throws(ProxyRefusal) -> ProxyWay
    /// A connection failed, or ended in the middle of something.
    /// - Returns: what is told where nothing has been said yet.
    func failed(_ failure: StreamFailure?) -> ProxyRefusal
}

/// A connection to an endpoint.
package struct ProxyWay: Sendable {
    package var stream: SessionStream
    /// Told once when it is over, with the bytes that came from the endpoint and those that went to it.
    package var onEnd: @Sendable (_ received: Int64, _ sent: Int64) -> Void

    package init(_ stream: SessionStream, onEnd: @escaping @Sendable (_ received: Int64, _ sent: Int64) -> Void) {
        self.stream = stream
        self.onEnd = onEnd
    }
}

/// What this program answers itself.
package protocol ProxyResponder: Sendable {
    /// - Parameter body: all of it.
    func respond(to head: HTTPRequestHead, body: ByteBuffer) async -> ProxyAnswer
}

/// Why a request is not passed on.
package struct ProxyRefusal: Error, Sendable, Hashable {
    package var status: HTTPResponseStatus
    /// For people, in a sentence.
    package var message: String
    /// Which step of the way failed, by its name.
    package var step: String?
    /// Where more is to be found out.
    package var advice: String?
    package var headers: [String: String] = [:]

    package init(_ status: HTTPResponseStatus, _ message: String, step: String? = nil, advice: String? = nil) {
        self.status = status
        self.message = message
        self.step = step
        self.advice = advice
    }
}

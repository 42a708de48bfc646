import NIOHTTP1

/// A request and what has become of it.
struct ProxyExchange {
    let request: HTTPRequestHead
    /// As the endpoint gets it.
    let forwarded: HTTPRequestHead
    let upstream: any ProxyUpstream
    /// Whether the connection goes over one that was used before, which may have ended meanwhile.
    var isOnUsed: Bool
    /// Whether the client's connection may take another request after this.
    var isKept: Bool
    var hasRequestEnded = false
    /// Whether the client waits with its body until the endpoint wants it.
    var isAwaitingContinue: Bool
    var hasAnswerBegun = false
    /// Whether the endpoint's connection may take another one.
    var isUpstreamKept = false
    /// The answer that says to go on with another protocol.
    var switching: HTTPResponseHead?

    /// Whether it may go on with another protocol: it asked for that, and has said all.
    var maySwitch: Bool { forwarded.headers.contains(name: "upgrade") && hasRequestEnded }

    /// Whether it does no harm to send it twice (RFC 9110, 9.2.2), and it is no work either.
    static func isRepeatable(_ head: HTTPRequestHead) -> Bool {
        [.GET, .HEAD, .OPTIONS, .TRACE].contains(head.method) && !hasBody(head)
            && ForwardedHead.upgrade(of: head) == nil
    }

    static func hasBody(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "transfer-encoding")
            || head.headers.first(name: "content-length").map { $0 != "0" } ?? false
    }
}

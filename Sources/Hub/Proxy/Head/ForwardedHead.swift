import Link
import NIOCore
import NIOHTTP1

/// Heads as they are passed on: what is between two neighbours stays there, and the framing is said anew, so that both sides of
/// the proxy see the same message (RFC 9110, 7.6; RFC 9112, 6 and 9).
enum ForwardedHead {
    /// Between two neighbours only.
    private static let hops: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "proxy-authenticate",
        "proxy-authorization",
    ]
    /// What clients may say about themselves only to a proxy that believes them.
    private static let claims: Set<String> = [
        "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
    ]
    /// What a message says of itself, and nothing in it may take away or say behind its body.
    private static let framing: Set<String> = ["content-length", "host", "trailer"]

    /// - Parameter client: who asks; what is told of it is ours to say.
    /// - Throws: where its framing cannot be passed on.
    static func request(_ request: ProxyRequest, to target: RequestTarget) throws(ProxyRefusal) -> HTTPRequestHead {
        var head = request.head
        let coding = head.headers[canonicalForm: "transfer-encoding"].map { $0.lowercased() }
        let upgrade = upgrade(of: head)
        guard coding.isEmpty || !head.headers.contains(name: "content-length"),
            coding.isEmpty || head.version == .http1_1
        else { throw ProxyRefusal(.badRequest, "the body has two lengths") }
        guard coding.isEmpty || coding == ["chunked"] else {
            throw ProxyRefusal(
                .notImplemented, "the transfer coding `\(coding.joined(separator: ", "))` is not known here")
        }
        let takesTrailers = head.headers[canonicalForm: "te"].contains { $0.lowercased() == "trailers" }
        strip(&head.headers, claims)
        head.uri = target.path
        head.version = .http1_1
        head.headers.replaceOrAdd(name: "Host", value: target.authority)
        if let address = request.client.address?.plainIP { head.headers.add(name: "X-Forwarded-For", value: address) }
        head.headers.add(name: "X-Forwarded-Host", value: target.authority)
        head.headers.add(name: "X-Forwarded-Proto", value: request.client.isSecure ? "https" : "http")
        if !coding.isEmpty { head.headers.add(name: "Transfer-Encoding", value: "chunked") }
        if takesTrailers { head.headers.add(name: "TE", value: "trailers") }
        if let upgrade {
            head.headers.add(name: "Connection", value: "Upgrade")
            head.headers.add(name: "Upgrade", value: upgrade)
        }
        return head
    }

    /// What a request asks to go on with; nil for HTTP/2, which would leave what passes here unseen.
    static func upgrade(of head: HTTPRequestHead) -> String? {
        let wanted = head.headers[canonicalForm: "upgrade"].filter { $0.lowercased() != "h2c" }
        guard head.version == .http1_1, !wanted.isEmpty,
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else { return nil }
        return wanted.joined(separator: ", ")
    }

    /// - Parameters:
    ///   - isKept: whether the client's connection may take another request after this.
    /// - Returns: the head, and whether the connection may really be kept; nil where its framing cannot be understood.
    static func response(
        _ answer: HTTPResponseHead, to request: HTTPRequestHead, isKept: Bool
    ) -> (head: HTTPResponseHead, isKept: Bool)? {
        var head = answer
        let coding = head.headers[canonicalForm: "transfer-encoding"].map { $0.lowercased() }
        guard coding.isEmpty || coding == ["chunked"] else { return nil }
        let upgrade = head.status == .switchingProtocols ? head.headers.first(name: "upgrade") : nil
        strip(&head.headers)
        head.version = request.version
        if let upgrade {
            head.headers.add(name: "Connection", value: "Upgrade")
            head.headers.add(name: "Upgrade", value: upgrade)
            return (head, false)
        }
        if (100..<200).contains(head.status.code) { return (head, isKept) }
        var isKept = isKept
        let hasBody = head.status.mayHaveResponseBody && request.method != .HEAD
        if !coding.isEmpty { head.headers.remove(name: "content-length") }
        if hasBody, !head.headers.contains(name: "content-length") {
            // Where its length is not known the client hears of the end by chunks, or by the connection's.
            if head.version == .http1_1 {
                head.headers.add(name: "Transfer-Encoding", value: "chunked")
            } else {
                isKept = false
            }
        }
        sayKept(isKept, &head)
        return (head, isKept)
    }

    /// Says whether another request may follow, where the version does not say it by itself (RFC 9112, 9.3).
    static func sayKept(_ isKept: Bool, _ head: inout HTTPResponseHead) {
        if !isKept {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if head.version == .http1_0 {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
    }

    /// What may stand behind a body: nothing that a head says of the message or of who sends it.
    static func trailers(_ headers: HTTPHeaders?) -> HTTPHeaders? {
        headers.map { headers in
            HTTPHeaders(
                headers.filter { field in
                    let name = canonical(field.name)
                    return !hops.contains(name) && !claims.contains(name) && !framing.contains(name)
                }.map { ($0.name, $0.value) })
        }
    }

    private static func strip(_ headers: inout HTTPHeaders, _ more: Set<String> = []) {
        let named = Set(headers[canonicalForm: "connection"].map { canonical(String($0)) }).subtracting(framing)
        let left = headers.filter { field in
            let name = canonical(field.name)
            return !hops.contains(name) && !more.contains(name) && !named.contains(name)
        }
        headers = HTTPHeaders(left.map { ($0.name, $0.value) })
    }

    /// As applications behind CGI and its heirs see it, to whom hyphens and underscores are the same.
    private static func canonical(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self).lowercased()
    }
}

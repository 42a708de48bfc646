import Link
import NIOCore
import NIOHTTP1
import Testing

@testable import Proxy

@Suite("Heads of requests and answers", .serialized)
struct HeadTests {
    @Test(
        "the host of a request",
        arguments: [
            ("a", "a"), ("A.Example.:80", "a.example"), ("[::1]:80", "::1"), ("[FE80::1]", "fe80::1"), ("a:", "a"),
            ("a:1:2", nil), ("", nil), ("a/b", nil), ("a@b", nil), ("[::1", nil), ("[]", nil), ("a:x", nil), ("ü", nil),
            ("a:123456", nil), (".", nil),
        ])
    func host(_ authority: String, _ host: String?) { #expect(RequestTarget.host(of: authority) == host) }

    @Test(
        "the target of a request",
        arguments: [
            ("/x?y", "h:1", "/x?y", "h"), ("*", "h", "*", "h"), ("http://Other:8/z", "h", "/z", "other"),
            ("HTTPS://other", "h", "/", "other"), ("http://other?q", "h", "/?q", "other"),
        ])
    func target(_ uri: String, _ host: String, _ path: String, _ found: String) throws {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: ["Host": host])
        let target = try RequestTarget(head)
        #expect(target.path == path && target.host == found)
    }

    @Test("an answer says anew how long it is, for each kind of request and client")
    func framing() throws {
        func told(
            _ status: HTTPResponseStatus, _ headers: HTTPHeaders, to method: HTTPMethod = .GET,
            _ version: HTTPVersion = .http1_1, isKept: Bool = true
        ) throws -> (HTTPHeaders, Bool) {
            let request = HTTPRequestHead(version: version, method: method, uri: "/")
            let answer = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            let found = try #require(ForwardedHead.response(answer, to: request, isKept: isKept))
            return (found.head.headers, found.isKept)
        }
        #expect(try told(.ok, ["Content-Length": "5", "Keep-Alive": "x"]) == (["Content-Length": "5"], true))
        #expect(
            try told(.ok, ["Transfer-Encoding": "chunked", "Content-Length": "5"]) == (
                ["Transfer-Encoding": "chunked"], true
            ))
        #expect(try told(.ok, [:]) == (["Transfer-Encoding": "chunked"], true))
        #expect(try told(.ok, [:], .http1_0, isKept: false) == (["Connection": "close"], false))
        #expect(try told(.ok, ["Content-Length": "5"], to: .HEAD) == (["Content-Length": "5"], true))
        #expect(try told(.ok, ["Transfer-Encoding": "chunked"], to: .HEAD) == ([:], true))
        #expect(try told(.notModified, ["Content-Length": "5"]) == (["Content-Length": "5"], true))
        #expect(try told(.noContent, [:]) == ([:], true))
        #expect(
            try told(.ok, ["Content-Length": "1"], isKept: false) == (
                ["Content-Length": "1", "Connection": "close"], false
            ))
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        let odd = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Transfer-Encoding": "gzip"])
        #expect(ForwardedHead.response(odd, to: request, isKept: true) == nil)
    }

    @Test("who asks is the peer, unless a trusted proxy says otherwise; a forged beginning of the list is not believed")
    func client() throws {
        let trusted = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))])
        func client(_ peer: String, _ list: String?, _ proto: String? = nil) throws -> (String?, Bool) {
            var headers = HTTPHeaders()
            if let list { headers.add(name: "X-Forwarded-For", value: list) }
            if let proto { headers.add(name: "X-Forwarded-Proto", value: proto) }
            let found = trusted.client(
                of: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: headers),
                from: try SocketAddress(ipAddress: peer, port: 1), isSecure: false)
            return (found.address?.plainIP, found.isSecure)
        }
        #expect(try client("192.0.2.1", "6.6.6.6", "https") == ("192.0.2.1", false))
        #expect(try client("::ffff:192.0.2.1", nil) == ("192.0.2.1", false))
        #expect(try client("10.0.0.1", "6.6.6.6, 192.0.2.9, 10.2.2.2", "https") == ("192.0.2.9", true))
        #expect(try client("10.0.0.1", "nonsense, 10.3.3.3") == ("10.3.3.3", false))
        #expect(try client("10.0.0.1", nil) == ("10.0.0.1", false))
    }
}

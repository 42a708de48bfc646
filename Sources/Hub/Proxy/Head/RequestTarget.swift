import NIOHTTP1

/// Whom a request is for, by its target and its `Host` (RFC 9112, 3.2).
struct RequestTarget: Hashable {
    /// In lower case, without port, brackets and the dot of the root; empty for HTTP/1.0 that names none.
    let host: String
    /// As `Host` says it, with its port.
    let authority: String
    /// What an endpoint is asked for: a path, or `*`.
    let path: String

    /// - Throws: 400 where it is not said, or said twice; 405 for a tunnel through a proxy.
    init(_ head: HTTPRequestHead) throws(ProxyRefusal) {
        guard head.method != .CONNECT else { throw ProxyRefusal(.methodNotAllowed, "CONNECT is not served here") }
        let hosts = head.headers["host"]
        guard hosts.count <= 1 else { throw ProxyRefusal(.badRequest, "there is more than one Host") }
        var authority = hosts.first ?? ""
        if head.uri.first == "/" || head.uri == "*" {
            path = head.uri
        } else {
            let lowered = head.uri.prefix(8).lowercased()
            guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }) else {
                throw ProxyRefusal(.badRequest, "the request's target is neither a path nor an address")
            }
            let rest = head.uri.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
            authority = String(rest[..<end])
            path = rest[end...].first == "/" ? String(rest[end...]) : "/" + rest[end...]
        }
        if authority.isEmpty, head.version == .http1_0 {
            (host, self.authority) = ("", "")
            return
        }
        guard let host = Self.host(of: authority) else {
            throw ProxyRefusal(.badRequest, authority.isEmpty ? "there is no Host" : "the Host is no name")
        }
        (self.host, self.authority) = (host, authority)
    }

    /// The name in `NAME`, `NAME:PORT`, `[V6]` or `[V6]:PORT`; nil for anything else.
    static func host(of authority: String) -> String? {
        var name = authority[...]
        if name.first == "[" {
            guard let close = name.firstIndex(of: "]"), isPort(name[name.index(after: close)...]) else { return nil }
            name = name[name.index(after: name.startIndex)..<close]
            guard !name.isEmpty,
                name.utf8.allSatisfy({ $0.isHex || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
            return name.lowercased()
        }
        if let colon = name.lastIndex(of: ":") {
            guard isPort(name[colon...]) else { return nil }
            name = name[..<colon]
        }
        if name.last == "." { name = name.dropLast() }
        guard (1...253).contains(name.utf8.count), name.utf8.allSatisfy(\.isHostCharacter) else { return nil }
        return name.lowercased()
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.first == ":" && text.utf8.count <= 6 && text.dropFirst().utf8.allSatisfy(\.isDigit))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isHex: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }

    fileprivate var isHostCharacter: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || self == UInt8(ascii: ".") || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }
}

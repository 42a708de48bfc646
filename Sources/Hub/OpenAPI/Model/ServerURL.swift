import Operations

/// Where a credential may go: what a connection is made to.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http, https
        /// HTTP over a socket of this machine; ``host`` is its path.
        case unix
    }

    package var scheme: Scheme
    /// In lower case; an IPv6 address without its brackets.
    package var host: String
    /// 0 with ``Scheme/unix``.
    package var port: Int

    package init(scheme: Scheme, host: String, port: Int) {
        (self.scheme, self.host, self.port) = (scheme, host, port)
    }

    package var description: String {
        guard scheme != .unix else { return "unix://\(host)" }
        return "\(scheme)://\(authority)"
    }

    /// What a `Host` header says of it.
    package var authority: String {
        guard scheme != .unix else { return "localhost" }
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (scheme == .https ? 443 : 80) ? name : "\(name):\(port)"
    }
}

/// What paths are appended to.
package struct ServerURL: Hashable, Sendable, CustomStringConvertible {
    package var origin: Origin
    /// Begins with a slash and does not end with one, or is empty.
    package var basePath: String

    package init(origin: Origin, basePath: String) {
        (self.origin, self.basePath) = (origin, basePath)
    }

    package var description: String {
        origin.scheme == .unix && !basePath.isEmpty ? "\(origin):\(basePath)" : "\(origin)\(basePath)"
    }

    /// Reads `https://host[:port][/path]`, and `unix:///path/to/socket[:/path]` for HTTP over a socket.
    /// - Returns: nil for anything else: other schemes, user names, spaces, ports out of range.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let mark = text.firstRange(of: "://") else {
            return nil
        }
        guard let scheme = Origin.Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else { return nil }
        let rest = text[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
        if scheme == .unix {
            guard rest.hasPrefix("/") else { return nil }
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let path = parts.first, path.count > 1 else { return nil }
            origin = Origin(scheme: .unix, host: String(path), port: 0)
            basePath = Self.trimmed(parts.count > 1 ? parts[1] : "")
            return
        }
        let authority = rest.prefix { $0 != "/" && $0 != "\\" }
        guard let (host, port) = Self.hostAndPort(authority), !rest.contains("\\") else { return nil }
        origin = Origin(scheme: scheme, host: host, port: port ?? (scheme == .https ? 443 : 80))
        basePath = Self.trimmed(rest.dropFirst(authority.count))
    }

    private static func trimmed(_ path: Substring) -> String {
        var path = path
        while path.hasSuffix("/") { path.removeLast() }
        guard !path.isEmpty else { return "" }
        return path.hasPrefix("/") ? String(path) : "/" + path
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int?)? {
        var rest = authority
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { return nil }
            rest = rest.dropFirst(host.count)
        }
        guard !rest.isEmpty else { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (host.lowercased(), Int(port))
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}

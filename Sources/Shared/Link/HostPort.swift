/// `HOST:PORT`, with IPv6 addresses in brackets.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[v6]:port`, or a bare host with `defaultPort`; nil for anything else.
    package init?(_ text: String, defaultPort: Int? = nil) {
        var rest = text[...]
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<close])
            rest = rest[rest.index(after: close)...]
        } else {
            let colon = rest.lastIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<colon])
            rest = rest[colon...]
            guard !host.contains(":") else { return nil }
        }
        if rest.isEmpty, let defaultPort {
            port = defaultPort
        } else {
            guard rest.first == ":", let number = Int(rest.dropFirst()), (0...65535).contains(number) else {
                return nil
            }
            port = number
        }
        if host.isEmpty { return nil }
    }

    /// Whether the host stands for every address of the machine.
    package var isWildcard: Bool { host == "0.0.0.0" || host == "::" || host == "*" }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

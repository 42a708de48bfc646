import Link

/// What a tunnel leads to, as its node sees it.
package struct TunnelEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// What is spoken there.
    package enum Scheme: String, Sendable, CaseIterable {
        /// Any bytes.
        case tcp
        case http, https
        /// The same with a certificate that is not looked at, as programs make their own.
        case httpsInsecure = "https+insecure"
    }

    package var scheme: Scheme
    package var host: String
    package var port: Int

    /// Why a text is no endpoint, in words.
    package struct Mistake: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Reads `SCHEME://HOST:PORT`; without a scheme it is HTTP, and `PORT` alone means the node itself. HTTP has its usual ports.
    package init(parsing text: String) throws(Mistake) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard let scheme = parts.count == 2 ? Scheme(rawValue: parts[0].lowercased()) : .http else {
            throw Mistake(
                description: "`\(text)`: there are tunnels for "
                    + Scheme.allCases.map { $0.rawValue + "://" }.joined(separator: ", "))
        }
        var rest = parts[parts.count - 1]
        if scheme != .tcp, rest.last == "/" { rest = rest.dropLast() }
        let isPort = !rest.isEmpty && rest.allSatisfy { $0.isASCII && $0.isNumber }
        guard let place = HostPort(isPort ? "127.0.0.1:\(rest)" : String(rest), defaultPort: scheme.defaultPort),
            place.port > 0, place.host.utf8.count <= 253,
            !place.host.unicodeScalars.contains(where: {
                $0.value <= 0x20 || "/?#@".unicodeScalars.contains($0) || $0.value == 0x7F
            })
        else { throw Mistake(description: "`\(text)` is not \(scheme.rawValue)://HOST:PORT") }
        self.scheme = scheme
        guard let container = Self.container(of: place.host) else {
            (host, port) = (place.host.lowercased(), place.port)
            return
        }
        guard !container.isEmpty else { throw Mistake(description: "`\(text)` names no container: NAME.container") }
        // Engines tell capitals from small letters.
        (host, port) = (container + Self.containerSuffix, place.port)
    }

    private static let containerSuffix = ".container"

    /// The name or id of the container that a host stands for, as it was written; nil where it stands for none.
    package static func container(of host: String) -> String? {
        host.lowercased().hasSuffix(containerSuffix) ? String(host.dropLast(containerSuffix.count)) : nil
    }

    /// Whether requests are passed on, and not bytes.
    package var isHTTP: Bool { scheme != .tcp }

    package var description: String { "\(scheme.rawValue)://\(HostPort(host: host, port: port))" }
}

extension TunnelEndpoint.Scheme {
    fileprivate var defaultPort: Int? {
        switch self {
        case .tcp: nil
        case .http: 80
        case .https, .httpsInsecure: 443
        }
    }
}

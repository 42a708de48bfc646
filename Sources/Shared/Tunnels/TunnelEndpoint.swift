import Link

/// What a tunnel leads to, as its node sees it.
package struct TunnelEndpoint: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int

    /// Why a text is no endpoint, in words.
    package struct Mistake: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Reads `tcp://HOST:PORT`; `tcp://PORT` means the node itself.
    package init(parsing text: String) throws(Mistake) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw Mistake(description: "`\(text)` has no scheme; write tcp://\(text)")
        }
        guard parts[0].lowercased() == "tcp" else {
            throw Mistake(
                description: "`\(text)`: \(parts[0]) tunnels are not there yet; tcp://HOST:PORT carries any bytes")
        }
        let isPort = !parts[1].isEmpty && parts[1].allSatisfy { $0.isASCII && $0.isNumber }
        guard let place = HostPort(isPort ? "127.0.0.1:\(parts[1])" : String(parts[1])), place.port > 0,
            place.host.utf8.count <= 253,
            !place.host.unicodeScalars.contains(where: { $0.value <= 0x20 || $0 == "/" || $0.value == 0x7F })
        else { throw Mistake(description: "`\(text)` is not tcp://HOST:PORT") }
        host = place.host.lowercased()
        port = place.port
    }

    package var description: String { "tcp://\(HostPort(host: host, port: port))" }
}

package import Link
import NIOCore
import NIOHTTP1

/// The proxies in front of this one, that are believed about whom they speak for.
package struct TrustedProxies: Sendable, Hashable {
    package var ranges: [AddressRange]

    package init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

    /// Who asks: the last address in `X-Forwarded-For` that is no trusted proxy, where the request comes from one.
    /// - Parameter isSecure: whether the connection here is by TLS.
    func client(of head: HTTPRequestHead, from peer: SocketAddress?, isSecure: Bool) -> ProxyClient {
        guard let peer, isTrusted(peer) else { return ProxyClient(address: peer, isSecure: isSecure) }
        let isSecure =
            head.headers[canonicalForm: "x-forwarded-proto"].last.map { $0.lowercased() == "https" } ?? isSecure
        var client = ProxyClient(address: peer, isSecure: isSecure)
        for text in head.headers[canonicalForm: "x-forwarded-for"].reversed() {
            guard let address = try? SocketAddress(ipAddress: String(text), port: 0) else { break }
            client.address = address
            guard isTrusted(address) else { break }
        }
        return client
    }

    private func isTrusted(_ address: SocketAddress) -> Bool { ranges.contains { $0.contains(address) } }
}

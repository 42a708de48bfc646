import Crypto
import Link
import NIOHTTP1

/// The token that requests of a tunnel have to show. Only its hash is kept.
enum TunnelBearer {
    /// Looked at before `Authorization`, for endpoints that want that for themselves.
    private static let headers = ["x-tunnel-authorization", "authorization"]

    static func hash(_ token: String) -> String { Hex.encode(SHA256.hash(data: Array(token.utf8))) }

    /// Whether a request shows the token, which is taken out of it then: it is nothing that the endpoint is to know.
    static func take(from head: inout HTTPRequestHead, hash: String) -> Bool {
        for name in headers {
            for value in head.headers[name] {
                let parts = value.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == "bearer", Self.hash(String(parts[1])) == hash
                else { continue }
                head.headers.remove(name: name)
                return true
            }
        }
        return false
    }
}

package import NIOCore

extension SocketAddress {
    /// Four bytes or sixteen; an IPv4 address in IPv6 clothes is the IPv4 address. Nil for other families.
    var addressBytes: [UInt8]? {
        // Where the address stands in `sockaddr_in` and `sockaddr_in6` is the same on every system (RFC 3493).
        switch self {
        case .v4(let v4): return withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }
        case .v6(let v6):
            let all = withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
            let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            return isMapped ? Array(all.suffix(4)) : all
        default: return nil
        }
    }
}

extension SocketAddress {
    /// The address as text, without a port; an IPv4 address in IPv6 clothes is the IPv4 address. Nil for other families.
    package var plainIP: String? {
        guard let bytes = addressBytes, bytes.count == 4 else { return ipAddress }
        return bytes.map(String.init).joined(separator: ".")
    }
}

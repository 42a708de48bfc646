package import NIOCore

/// Whom limits of an address count against: an IPv4 address, or the 64 bits of an IPv6 address that one host gets.
package struct HostAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Connections without an IP address are counted as one.
    package init(_ address: SocketAddress?) {
        // Where the address stands in `sockaddr_in` and `sockaddr_in6` is the same on every system (RFC 3493).
        switch address {
        case .v4(let v4): bytes = withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }
        case .v6(let v6):
            let all = withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
            // An IPv4 address in IPv6 clothes is the IPv4 address.
            let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            bytes = isMapped ? Array(all.suffix(4)) : Array(all.prefix(8))
        default: bytes = []
        }
    }
}

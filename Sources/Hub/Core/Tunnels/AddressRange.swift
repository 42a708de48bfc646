import NIOCore

/// A network in CIDR notation (RFC 4632, RFC 4291 2.3), or one address.
struct AddressRange: Hashable, Sendable {
    private let bytes: [UInt8]
    private let length: Int

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or an address; nil for anything else. Bits behind the prefix do not count.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, let bytes = Self.bytes(try? SocketAddress(ipAddress: String(address), port: 0))
        else { return nil }
        let whole = bytes.count * 8
        guard parts.count == 1 || parts[1].allSatisfy(\.isNumber),
            let length = parts.count == 1 ? whole : Int(parts[1]), (0...whole).contains(length)
        else { return nil }
        self.bytes = bytes
        self.length = length
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard let other = Self.bytes(address), other.count == bytes.count else { return false }
        for index in 0..<bytes.count {
            let counted = min(max(length - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> counted)
            if (bytes[index] ^ other[index]) & mask != 0 { return false }
        }
        return true
    }

    /// Four bytes or sixteen; an IPv4 address in IPv6 clothes is the IPv4 address.
    private static func bytes(_ address: SocketAddress?) -> [UInt8]? {
        // Where the address stands in `sockaddr_in` and `sockaddr_in6` is the same on every system (RFC 3493).
        switch address {
        case .v4(let v4): return withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }
        case .v6(let v6):
            let all = withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
            let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            return isMapped ? Array(all.suffix(4)) : all
        default: return nil
        }
    }
}

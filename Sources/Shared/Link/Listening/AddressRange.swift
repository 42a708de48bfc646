package import NIOCore

/// A network in CIDR notation (RFC 4632, RFC 4291 2.3), or one address.
package struct AddressRange: Hashable, Sendable {
    private let bytes: [UInt8]
    private let length: Int

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or an address; nil for anything else. Bits behind the prefix do not count.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first,
            let bytes = (try? SocketAddress(ipAddress: String(address), port: 0))?.addressBytes
        else { return nil }
        let whole = bytes.count * 8
        guard parts.count == 1 || parts[1].allSatisfy(\.isNumber),
            let length = parts.count == 1 ? whole : Int(parts[1]), (0...whole).contains(length)
        else { return nil }
        self.bytes = bytes
        self.length = length
    }

    package func contains(_ address: SocketAddress) -> Bool {
        guard let other = address.addressBytes, other.count == bytes.count else { return false }
        for index in 0..<bytes.count {
            let counted = min(max(length - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> counted)
            if (bytes[index] ^ other[index]) & mask != 0 { return false }
        }
        return true
    }
}

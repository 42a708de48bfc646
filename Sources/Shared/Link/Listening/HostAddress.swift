package import NIOCore

/// Whom limits of an address count against: an IPv4 address, or the 64 bits of an IPv6 address that one host gets.
package struct HostAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Connections without an IP address are counted as one.
    package init(_ address: SocketAddress?) {
        let all = address?.addressBytes ?? []
        bytes = Array(all.count == 16 ? all.prefix(8) : all[...])
    }
}

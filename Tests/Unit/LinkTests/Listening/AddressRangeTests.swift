import NIOCore
import Testing

@testable import Link

@Suite("Networks in CIDR notation")
struct AddressRangeTests {
    @Test(
        "hold their own addresses and no others",
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.77/24", "192.0.2.1", true), ("10.0.0.0/9", "10.127.255.255", true),
            ("10.0.0.0/9", "10.128.0.0", false), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::1", "::1", true),
        ])
    func contains(_ network: String, _ address: String, _ isInside: Bool) throws {
        let range = try #require(AddressRange(network))
        #expect(range.contains(try SocketAddress(ipAddress: address, port: 1)) == isInside)
    }

    @Test(
        "are nothing else",
        arguments: ["", "192.0.2.0/33", "::/129", "192.0.2/24", "host", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/+1", "/8"])
    func refused(_ text: String) { #expect(AddressRange(text) == nil) }
}

import Glibc
package import NIOCore
import NIOPosix
import OpenAPI

/// Keeps calls from addresses that a document must not lead to: those of this machine, of private networks, and of the
/// services that tell a rented machine its own keys.
package enum AddressGuard {
    /// Ends a connection to such an address before anything was sent over it.
    static func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let address = channel.remoteAddress, isPublic(address) else {
            return channel.eventLoop.makeFailedFuture(
                PrivateAddress(text: channel.remoteAddress?.ipAddress ?? "unknown"))
        }
        return channel.eventLoop.makeSucceededVoidFuture()
    }

    /// Looks at an origin before anything is dialled. What a name says a moment later is looked at on the connection.
    static func check(_ origin: Origin) async throws {
        guard origin.scheme != .unix else { throw PrivateAddress(text: origin.host) }
        let host = origin.host
        let found: [String] = try await NIOThreadPool.singleton.runIfActive { Self.addresses(of: host) }
        for text in found {
            let address = try SocketAddress(ipAddress: text, port: origin.port)
            if !isPublic(address) { throw PrivateAddress(text: text) }
        }
    }

    /// As text; none where the name has none.
    private static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0, let list else { return [] }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let one = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = socklen_t(text.count)
            if getnameinfo(one.pointee.ai_addr, one.pointee.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 {
                found.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            next = one.pointee.ai_next
        }
        return found
    }

    struct PrivateAddress: Error {
        var text: String
    }

    /// Whether an address is one of the open internet (the special registries of IANA, RFC 6890 and what followed it).
    package static func isPublic(_ address: SocketAddress) -> Bool {
        // A zone is a link of this machine.
        guard let text = address.ipAddress, !text.contains("%") else { return false }
        if let bytes = bytes(text, AF_INET, 4) { return isPublic(v4: bytes) }
        return bytes(text, AF_INET6, 16).map(isPublic(v6:)) ?? false
    }

    private static func bytes(_ text: String, _ family: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private static func isPublic(v4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (198, 18...19), (100, 64...127), (172, 16...31): false
        case (192, 0): bytes[2] != 0 && bytes[2] != 2
        case (198, 51): bytes[2] != 100
        case (203, 0): bytes[2] != 113
        case (224..., _): false
        default: true
        }
    }

    private static func isPublic(v6 bytes: [UInt8]) -> Bool {
        // An IPv4 address in another's clothes: mapped, translated (64:ff9b::/96), or 6to4.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isPublic(v4: Array(bytes[12...]))
        }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]) { return isPublic(v4: Array(bytes[12...])) }
        if bytes.starts(with: [0x20, 0x02]) { return isPublic(v4: Array(bytes[2..<6])) }
        // Global unicast is 2000::/3, but for the addresses of documents and of Teredo.
        return bytes[0] & 0xE0 == 0x20 && !bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8])
            && !bytes.starts(with: [0x20, 0x01, 0x00, 0x00])
    }
}

import Glibc
import Link

/// The addresses of this machine's interfaces that others could dial.
enum LocalAddresses {
    static func all() -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [String] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, let text = numeric(address) else { continue }
            if !text.hasPrefix("127."), !text.hasPrefix("fe80"), text != "::1" { found.append(text) }
        }
        return found.isEmpty ? ["127.0.0.1"] : found
    }

    /// Whether a link to this host comes from this machine alone.
    static func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// The flags with which a hub listens that is dialled at these addresses: the first of them where that is one of this
    /// machine, else every address, because a name or an address of a router in between cannot be listened on.
    static func listening(for advertised: [HostPort], local: [String] = all()) -> String {
        guard let first = advertised.first else { return "" }
        if isLoopback(first.host) || local.contains(first.host) { return "--listen \(first)" }
        let flags = advertised.map { " --advertise \($0)" }.joined()
        return "--listen \(HostPort(host: "0.0.0.0", port: first.port))\(flags)"
    }

    private static func numeric(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        let length: Int
        switch Int32(address.pointee.sa_family) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(address, socklen_t(length), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

import Operations

/// Bytes in and out of the machine's interfaces, from /proc/net/dev.
enum NetworkCounters {
    /// Interfaces that carry a machine's own traffic only a second time, or never leave it.
    private static let inner = ["lo", "veth", "br-", "docker", "virbr", "cni", "cali", "flannel", "dummy", "ifb"]
    /// Interfaces that are told.
    static let limit = 16

    /// Those with the most traffic, by name. What is no line of the kernel's is left out.
    static func parse(_ text: String) -> [HostStatus.Interface] {
        let all = text.split(separator: "\n").compactMap(line).filter { interface in
            !inner.contains { interface.name.hasPrefix($0) }
        }
        return
            all.sorted { ($0.received &+ $0.sent, $1.name) > ($1.received &+ $1.sent, $0.name) }
            .prefix(limit).sorted { $0.name < $1.name }
    }

    private static func line(_ text: Substring) -> HostStatus.Interface? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let name = text[..<colon].filter { $0 != " " }
        let fields = text[text.index(after: colon)...].split(separator: " ")
        // Eight numbers in, then eight out; bytes are the first of each.
        guard !name.isEmpty, fields.count >= 16, let received = Int64(fields[0]), let sent = Int64(fields[8]),
            received >= 0, sent >= 0
        else { return nil }
        return HostStatus.Interface(name: name, received: received, sent: sent)
    }
}

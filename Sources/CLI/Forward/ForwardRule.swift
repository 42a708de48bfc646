import Link

/// One `[BIND:]PORT:HOST:PORT`: where connections are taken here, and where they come out.
struct ForwardRule: Hashable, Sendable {
    /// Port 0 lets the system pick one.
    var listen: HostPort
    var target: HostPort

    private static let loopback = "127.0.0.1"

    /// Reads the long form and the short ones: `PORT` and `PORT:PORT` mean the node itself. IPv6 addresses stand in brackets.
    /// - Throws: ``Failure`` of misuse, which says what is missing.
    init(_ text: String) throws {
        guard let parts = Self.parts(text) else { throw Self.misuse(text, "a bracket is not closed, or not alone") }
        switch parts.count {
        case 1: (listen, target) = (try Self.place("", parts[0], text), try Self.place("", parts[0], text))
        case 2: (listen, target) = (try Self.place("", parts[0], text), try Self.place("", parts[1], text))
        case 3: (listen, target) = (try Self.place("", parts[0], text), try Self.place(parts[1], parts[2], text))
        case 4: (listen, target) = (try Self.place(parts[0], parts[1], text), try Self.place(parts[2], parts[3], text))
        default: throw Self.misuse(text, "it has \(parts.count) parts")
        }
        guard target.port > 0 else { throw Self.misuse(text, "there is no port 0 to connect to") }
        if listen.host == "*" { listen.host = "0.0.0.0" }
    }

    /// The parts between colons, where what stands in brackets is one of them.
    private static func parts(_ text: String) -> [Substring]? {
        var parts: [Substring] = []
        var rest = text[...]
        while true {
            if rest.first == "[" {
                guard let close = rest.firstIndex(of: "]") else { return nil }
                parts.append(rest[rest.index(after: rest.startIndex)..<close])
                rest = rest[rest.index(after: close)...]
                guard rest.isEmpty || rest.first == ":" else { return nil }
            } else {
                let colon = rest.firstIndex(of: ":") ?? rest.endIndex
                parts.append(rest[..<colon])
                rest = rest[colon...]
            }
            guard !rest.isEmpty else { return parts }
            rest = rest.dropFirst()
        }
    }

    private static func place(_ host: Substring, _ port: Substring, _ text: String) throws -> HostPort {
        guard let number = Int(port), (0...65_535).contains(number) else {
            throw misuse(text, "`\(CellText.line(String(port)))` is no port")
        }
        return HostPort(host: host.isEmpty ? loopback : String(host), port: number)
    }

    private static func misuse(_ text: String, _ reason: String) -> Failure {
        Failure.misuse(
            "`\(CellText.line(text))` is not [BIND:]PORT:HOST:PORT: \(reason)",
            advice: "for example 5432:db.internal:5432, or 8080 for port 8080 of the node itself")
    }
}

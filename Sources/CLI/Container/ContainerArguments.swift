import Operations

extension ContainerMount {
    /// Reads `type=bind,source=/data,target=/data,readonly`.
    /// - Throws: a ``Failure`` of exit code 2 that names the part.
    init(argument: String) throws {
        var mount = ContainerMount(source: nil, target: "")
        for part in argument.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? String(pair[1]) : nil
            switch (pair[0], value) {
            case ("type", let value?):
                guard let kind = Kind(rawValue: value) else {
                    throw Failure.misuse("--mount \(argument): there is no type `\(value)`; bind, volume or tmpfs")
                }
                mount.type = kind
            case ("source", let value?), ("src", let value?): mount.source = value
            case ("target", let value?), ("dst", let value?), ("destination", let value?): mount.target = value
            case ("readonly", nil), ("ro", nil), ("readonly", "true"): mount.readOnly = true
            default:
                throw Failure.misuse(
                    "--mount \(argument): `\(part)` is none of type=, source=, target= and readonly")
            }
        }
        if let invalidity = mount.invalidity { throw Failure.misuse("--mount \(argument): \(invalidity)") }
        self = mount
    }
}

extension ContainerPort {
    /// Reads `[ADDRESS:][PORT:]PORT[/udp]`; an IPv6 address stands in brackets.
    /// - Throws: a ``Failure`` of exit code 2.
    init(argument: String) throws {
        let wrong = Failure.misuse("--publish \(argument): write [address:][port:]port[/udp], as 8080:80")
        let halves = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var rest = halves[0]
        var kind: PortProtocol?
        if halves.count == 2 {
            guard let named = PortProtocol(rawValue: String(halves[1])) else { throw wrong }
            kind = named
        }
        var address: String?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            address = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...].drop { $0 == ":" }
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 3, address == nil { address = String(parts.removeFirst()) }
        let numbers = parts.map { Int($0) }
        guard (1...2).contains(parts.count), let inside = numbers.last ?? nil, (1...65_535).contains(inside) else {
            throw wrong
        }
        var host: Int?
        // An empty one is any that is free.
        if parts.count == 2, !parts[0].isEmpty {
            guard let number = numbers[0], (1...65_535).contains(number) else { throw wrong }
            host = number
        }
        self.init(container: inside, host: host, address: address, protocol: kind)
    }
}

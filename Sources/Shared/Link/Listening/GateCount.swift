import NIOCore

/// What may be taken of one kind at the ``HandshakeGate``, and what is.
struct GateCount {
    let limit: Int
    private let perAddress: Int
    private(set) var total = 0
    private var byAddress: [HostAddress: Int] = [:]

    /// - Parameter share: the part that one address may have, above 0 and up to 1.
    init(limit: Int, share: Double) {
        self.limit = limit
        perAddress = max(1, Int(Double(limit) * min(1, max(0, share))))
    }

    func isWithinShare(_ address: HostAddress) -> Bool { byAddress[address, default: 0] < perAddress }

    /// Takes one; false when there is none left, or none for this address.
    mutating func take(_ address: HostAddress, pastShare: Bool = false) -> Bool {
        guard total < limit, pastShare || isWithinShare(address) else { return false }
        total += 1
        byAddress[address, default: 0] += 1
        return true
    }

    mutating func give(back address: HostAddress) {
        total -= 1
        let left = (byAddress[address] ?? 1) - 1
        byAddress[address] = left > 0 ? left : nil
    }
}

/// From where peers were admitted in the last ``HandshakeGate/returning``.
struct RecentAdmissions {
    /// What is kept at least before old entries are looked for.
    private static let kept = 1_024

    private var last: [HostAddress: NIODeadline] = [:]
    private var pruneAt = Self.kept

    mutating func note(_ address: HostAddress, at now: NIODeadline) {
        last[address] = now
        guard last.count > pruneAt else { return }
        last = last.filter { now - $0.value <= HandshakeGate.returning }
        pruneAt = max(Self.kept, 2 * last.count)
    }

    func has(_ address: HostAddress, at now: NIODeadline) -> Bool {
        last[address].map { now - $0 <= HandshakeGate.returning } ?? false
    }
}

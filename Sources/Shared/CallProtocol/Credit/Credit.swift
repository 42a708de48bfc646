/// The numbers of flow control.
package enum Credit {
    /// No stream may ever hold more credit than this.
    package static let maximum: UInt32 = 0x7FFF_FFFF
    /// What a stream may carry before any CREDIT frame.
    package static let initial: UInt32 = 65_536
}

/// What we may still send on a stream.
package struct SendCredit: Hashable, Sendable {
    package private(set) var available: Int

    package init(_ initial: UInt32) {
        available = Int(min(initial, Credit.maximum))
    }

    /// Adds what the peer granted; false when the sum passes 2^31-1, which is the peer's error.
    package mutating func grant(_ bytes: UInt32) -> Bool {
        let sum = available + Int(bytes)
        guard sum <= Int(Credit.maximum) else { return false }
        available = sum
        return true
    }

    /// Takes at most `wanted` bytes of credit.
    package mutating func take(_ wanted: Int) -> Int {
        let taken = min(wanted, available)
        available -= taken
        return taken
    }
}

import Synchronization

/// Sortable ids: 48 bits of milliseconds and 80 random bits in Crockford's base 32, 26 characters
/// (https://github.com/ulid/spec). Ids of one generator rise strictly, also within a millisecond.
package final class ULIDGenerator: Sendable {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private let last = Mutex<(time: UInt64, high: UInt16, low: UInt64)>((0, 0, 0))

    package init() {}

    /// - Parameter milliseconds: since 1970; a clock that went back is taken to stand still.
    package func next(at milliseconds: Int64) -> String {
        let now = UInt64(max(0, milliseconds)) & 0xFFFF_FFFF_FFFF
        let parts = last.withLock { last in
            if now > last.time {
                last = (now, .random(in: 0...UInt16.max), .random(in: 0...UInt64.max))
            } else {
                let (low, overflow) = last.low.addingReportingOverflow(1 + .random(in: 0...0xFFFF))
                last.low = low
                if overflow { last.high &+= 1 }
            }
            return last
        }
        return Self.text(parts.time, parts.high, parts.low)
    }

    private static func text(_ time: UInt64, _ high: UInt16, _ low: UInt64) -> String {
        var value = (UInt128(time) << 80) | (UInt128(high) << 64) | UInt128(low)
        var digits = [UInt8](repeating: 0, count: 26)
        for place in stride(from: 25, through: 0, by: -1) {
            digits[place] = alphabet[Int(value & 31)]
            value >>= 5
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

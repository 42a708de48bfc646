package import NIOCore

/// A generator whose numbers follow from its seed (SplitMix64 by Steele, Lea and Flood), so that a failure repeats.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    package mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &self) < part }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// Cuts `whole` into portions: mostly small ones, some large, some empty.
    package mutating func split(_ whole: ByteBuffer) -> [ByteBuffer] {
        var left = whole
        var portions: [ByteBuffer] = []
        while left.readableBytes > 0 {
            let wanted = chance(0.1) ? int(0...100_000) : int(0...20)
            if let portion = left.readSlice(length: min(wanted, left.readableBytes)) { portions.append(portion) }
        }
        return portions
    }
}

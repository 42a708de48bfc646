extension Placement {
    /// A set of pool numbers, one bit each: small enough to keep one for every target.
    struct PoolSet {
        private var words: [UInt64]

        /// None, or all, of `count` pools.
        init(count: Int, full: Bool = false) {
            words = Array(repeating: full ? .max : 0, count: (count + 63) / 64)
            if full, count % 64 != 0 { words[words.count - 1] = (1 << UInt64(count % 64)) - 1 }
        }

        @inline(__always)
        func contains(_ pool: Int) -> Bool { words[pool / 64] & (1 << UInt64(pool % 64)) != 0 }

        mutating func insert(_ pool: Int) { words[pool / 64] |= 1 << UInt64(pool % 64) }

        mutating func remove(_ pool: Int) { words[pool / 64] &= ~(1 << UInt64(pool % 64)) }

        mutating func formIntersection(_ other: PoolSet) {
            for index in words.indices { words[index] &= other.words[index] }
        }

        var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

        /// Ascending.
        var members: [Int] {
            var members: [Int] = []
            for (index, word) in words.enumerated() {
                var rest = word
                while rest != 0 {
                    members.append(index * 64 + rest.trailingZeroBitCount)
                    rest &= rest - 1
                }
            }
            return members
        }
    }
}

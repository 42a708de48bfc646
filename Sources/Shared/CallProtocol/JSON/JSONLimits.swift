/// What a JSON text may cost to read.
package struct JSONLimits: Sendable, Hashable {
    /// The deepest nesting that can be asked for.
    package static let deepest = 128

    /// Arrays and objects within one another, 1 to ``deepest``.
    package var depth: Int
    /// Bytes of text; never beyond 2 GiB, because places are kept in 32 bits.
    package var bytes: Int
    /// Values and keys that may be kept in memory (16 bytes each, and the values built of them).
    package var values: Int

    /// Out of range figures are brought to the nearest that is allowed.
    package init(depth: Int = deepest, bytes: Int = 64 << 20, values: Int = 4 << 20) {
        self.depth = min(max(depth, 1), Self.deepest)
        self.bytes = min(max(bytes, 0), Int(Int32.max))
        self.values = min(max(values, 1), Int(Int32.max))
    }

    /// 128 levels, 64 MiB, 4 Mi values.
    package static let standard = JSONLimits()
}

extension Placement {
    /// A hash that is the same in every process, unlike the standard library's. FNV-1a over the bytes, then the
    /// finaliser of SplitMix64 so that close inputs land far apart. It breaks ties; it protects nothing.
    static func hash(_ text: String, seed: UInt64) -> UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in text.utf8 {
            value ^= UInt64(byte)
            value = value &* 0x100_0000_01b3
        }
        value ^= value >> 30
        value = value &* 0xbf58_476d_1ce4_e5b9
        value ^= value >> 27
        value = value &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Sizes in bytes as people write them: `512M`, `4G`, `4GiB`, `10GB`, `4096`.
package enum ByteSize {
    private static let powers: [Character: Int64] = ["k": 1, "m": 2, "g": 3, "t": 4, "p": 5]

    /// Reads a whole number with an optional unit, in either case; parts of one (`4.5G`) need a unit, have nine digits at
    /// most, and are cut to whole bytes.
    ///
    /// `K M G T P` and `KiB MiB ...` count in 1024, as container engines do with memory; `KB MB ...` count in 1000.
    /// - Returns: bytes, zero or more.
    /// - Throws: ``FormatError`` with examples.
    package static func parse(_ text: String) throws(FormatError) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        var rest = text.dropFirst(digits.count)
        var part = Substring()
        if rest.first == "." {
            part = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(1 + part.count)
        }
        guard let whole = Int64(digits), let (base, power) = unit(rest.lowercased()),
            digits.endIndex == text.endIndex || text[digits.endIndex] != "." || (power > 0 && 1...9 ~= part.count)
        else {
            throw FormatError("\"\(text)\" is not a size; write it as 4096 (bytes), 512M, 4.5G, 4GiB or 10GB")
        }
        // No loss, and no overflow: at most 2^63 by 2^50, and 10^9 by 2^50.
        let factor = (0..<power).reduce(Int128(1)) { factor, _ in factor * Int128(base) }
        let scale = part.reduce(Int128(1)) { scale, _ in scale * 10 }
        let bytes = Int128(whole) * factor + Int128(Int64(part) ?? 0) * factor / scale
        guard let bytes = Int64(exactly: bytes) else { throw FormatError("\"\(text)\" is too large a size") }
        return bytes
    }

    /// The size with one decimal at most and a unit of 1024: `512 B`, `1.5 GiB`.
    package static func string(_ bytes: Int64) -> String {
        var value = Double(max(bytes, 0))
        var names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"][...]
        // 1023.95 would be rounded to "1024.0" of a unit that ends there.
        while value >= 1023.95, names.count > 1 {
            value /= 1024
            names.removeFirst()
        }
        let tenths = Int64((value * 10).rounded())
        return (tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") + " " + (names.first ?? "B")
    }

    private static func unit(_ name: String) -> (base: Int64, power: Int64)? {
        if name.isEmpty || name == "b" { return (1, 0) }
        guard let first = name.first, let power = powers[first] else { return nil }
        switch name.dropFirst() {
        case "", "i", "ib": return (1024, power)
        case "b": return (1000, power)
        default: return nil
        }
    }
}

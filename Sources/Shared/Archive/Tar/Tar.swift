/// The tar format as POSIX.1-2001 has it: blocks of 512 bytes, a ustar header before each entry, and where that has no
/// room (long names, fractions of a second, 8 GiB and more) an extended header of type `x` before it.
enum Tar {
    static let blockLength = 512
    /// Two blocks of zeros end an archive.
    static let end = [UInt8](repeating: 0, count: 2 * blockLength)
    /// Bytes that an extended header may have. Our own have a few hundred.
    static let extendedLimit = 1 << 20

    /// Bytes that a file may have: more than any disk, and far from where sums overflow.
    static let sizeLimit: Int64 = 1 << 60

    /// Where the fields of a header are.
    enum Field {
        static let name = 0..<100
        static let mode = 100..<108
        static let user = 108..<116
        static let group = 116..<124
        static let size = 124..<136
        static let modified = 136..<148
        static let checksum = 148..<156
        static let type = 156
        static let target = 157..<257
        static let magic = 257..<265
        static let prefix = 345..<500
    }

    /// The types of entries that are read.
    enum Kind {
        static let file = UInt8(ascii: "0")
        static let hardLink = UInt8(ascii: "1")
        static let link = UInt8(ascii: "2")
        static let folder = UInt8(ascii: "5")
        static let contiguousFile = UInt8(ascii: "7")
        static let extended = UInt8(ascii: "x")
        static let global = UInt8(ascii: "g")
        static let gnuName = UInt8(ascii: "L")
        static let gnuTarget = UInt8(ascii: "K")
    }

    static let magic = Array("ustar\u{0}00".utf8)

    /// `count` and what fills its last block up.
    static func padded(_ count: Int64) -> Int64 {
        let rest = count % Int64(blockLength)
        return rest == 0 ? count : count + Int64(blockLength) - rest
    }

    /// The sum of a header's bytes, its own field counted as spaces.
    static func checksum(_ block: some Collection<UInt8>) -> Int {
        var sum = 0
        for (place, byte) in block.enumerated() { sum += Field.checksum.contains(place) ? 32 : Int(byte) }
        return sum
    }
}

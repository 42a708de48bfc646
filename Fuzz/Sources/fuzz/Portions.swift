import NIOCore

/// Ways to cut an input into the portions in which a network may bring it.
enum Portions {
    /// At once; byte by byte; in two at every place of a short input; and by chance, drawn from the bytes themselves, so
    /// that an input always means the same.
    static func ways(_ bytes: [UInt8]) -> [[ByteBuffer]] {
        var ways = [cut(bytes, [])]
        guard bytes.count > 1 else { return ways }
        if bytes.count <= 1024 { ways.append(cut(bytes, Array(1..<bytes.count))) }
        if bytes.count <= 32 { ways += (1..<bytes.count).map { cut(bytes, [$0]) } }
        var chance = Chance(bytes)
        for _ in 0..<3 {
            let places = (0..<1 + chance.below(6)).map { _ in 1 + chance.below(bytes.count - 1) }
            ways.append(cut(bytes, Set(places).sorted()))
        }
        return ways
    }

    /// Every second portion lies within a larger buffer, as what TLS hands on may.
    private static func cut(_ bytes: [UInt8], _ places: [Int]) -> [ByteBuffer] {
        let edges = [0] + places + [bytes.count]
        return zip(edges, edges.dropFirst()).enumerated().map { index, edge in
            guard index % 2 == 1 else { return ByteBuffer(bytes: bytes[edge.0..<edge.1]) }
            var buffer = ByteBuffer(repeating: 0xEE, count: 3)
            buffer.writeBytes(bytes[edge.0..<edge.1])
            buffer.moveReaderIndex(forwardBy: 3)
            return buffer
        }
    }
}

/// Numbers that follow from bytes (FNV-1a, then xorshift).
struct Chance {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ bytes: [UInt8]) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        if state == 0 { state = 1 }
    }

    /// 0 to `bound` less one; 0 where the bound is 0.
    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return bound > 0 ? Int(state % UInt64(bound)) : 0
    }
}

/// All that a decoder made of its portions: values, then the error that ended it or the bytes it still holds.
struct Decoded<Value: Equatable, Failure: Error & Equatable>: Equatable {
    var values: [Value] = []
    var failure: Failure?
    var left = 0
}

/// What a decoder makes of an input; a finding where another way of cutting it makes something else of it.
func decodedAnyway<Value, Failure>(
    _ bytes: [UInt8], _ decode: ([ByteBuffer]) -> Decoded<Value, Failure>
) -> Decoded<Value, Failure> {
    let ways = Portions.ways(bytes)
    let first = decode(ways[0])
    for way in ways.dropFirst() {
        let other = decode(way)
        must(other == first, "portions of \(way.map(\.readableBytes)) bytes: \(other), at once: \(first)")
    }
    return first
}

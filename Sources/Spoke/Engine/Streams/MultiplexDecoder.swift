package import NIOCore

/// One of the outputs of a program in a container.
package enum EngineOutput: String, Sendable, Hashable, CaseIterable, Codable {
    case stdout, stderr
}

/// Takes the outputs apart that an engine sends on one connection: frames of an 8-byte header (type, three zero bytes,
/// length u32 BE) and so many bytes. Exact wherever the reads cut.
///
/// Source: the Docker Engine API, "Attach to a container", stream format.
package struct MultiplexDecoder: Sendable {
    package struct Piece: Sendable, Hashable {
        package var output: EngineOutput
        package var bytes: ByteBuffer
        /// Whether the frame ends with it.
        package var isLast: Bool
    }

    private static let headerLength = 8

    private var waiting = ByteBuffer()
    private var current: (output: EngineOutput, left: Int)?

    package init() {}

    package mutating func append(_ bytes: ByteBuffer) {
        if waiting.readableBytes == 0 {
            waiting = bytes
        } else {
            waiting.writeImmutableBuffer(bytes)
        }
    }

    /// The next piece of a frame, as much of it as is there; nil when more must come.
    /// - Throws: ``EngineError/malformed(_:)`` for a header that is none.
    package mutating func next() throws(EngineError) -> Piece? {
        while true {
            if let (output, left) = current {
                guard waiting.readableBytes > 0 || left == 0 else { return nil }
                let bytes = waiting.readSlice(length: min(left, waiting.readableBytes)) ?? ByteBuffer()
                let rest = left - bytes.readableBytes
                current = rest == 0 ? nil : (output, rest)
                return Piece(output: output, bytes: bytes, isLast: rest == 0)
            }
            guard let (kind, zeroes, length) = header() else { return nil }
            guard zeroes == 0 else {
                throw .malformed("a frame of output begins with \(kind) and not with three zeroes")
            }
            switch kind {
            // What is marked as input is an engine's echo of nothing; Docker's clients take it for stdout.
            case 0, 1: current = (.stdout, length)
            // 3 is the engine's own word in the middle of an output.
            case 2, 3: current = (.stderr, length)
            default: throw .malformed("a frame of output has the type \(kind)")
            }
        }
    }

    private mutating func header() -> (kind: UInt8, zeroes: UInt32, length: Int)? {
        guard waiting.readableBytes >= Self.headerLength,
            let words = waiting.readMultipleIntegers(as: (UInt32, UInt32).self)
        else { return nil }
        return (UInt8(words.0 >> 24), words.0 & 0xFF_FFFF, Int(words.1))
    }

    /// - Throws: ``EngineError/broken(_:)`` when bytes are left of a frame that was never whole.
    package func finish() throws(EngineError) {
        guard current == nil, waiting.readableBytes == 0 else { throw .broken("an output ended inside a frame") }
    }
}

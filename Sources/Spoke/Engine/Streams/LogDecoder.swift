package import NIOCore

/// Something that a program in a container has written, as its engine logged it: a line, or a part of one.
package struct LogEntry: Sendable, Hashable {
    package var output: EngineOutput
    /// When the engine read it, RFC 3339 with nanoseconds, as the engine wrote it; nil where it does not say.
    package var timestamp: String?
    /// Without the newline.
    package var bytes: ByteBuffer
    /// Whether there was no newline: the rest is in the next entry of this output, or there is none.
    package var isPartial: Bool

    package init(output: EngineOutput, timestamp: String?, bytes: ByteBuffer, isPartial: Bool) {
        self.output = output
        self.timestamp = timestamp
        self.bytes = bytes
        self.isPartial = isPartial
    }
}

/// Reads an engine's log: frames with a time before each entry, or, of a container with a terminal, bytes as they are.
package struct LogDecoder: Sendable {
    /// Bytes of an entry, at most; a longer one comes in parts. Engines cut at 16 KiB.
    private static let longest = 1 << 20

    private enum Form: Sendable {
        case framed(MultiplexDecoder, [EngineOutput: ByteBuffer])
        case plain(LineDecoder)
    }

    private var form: Form
    private var ready = CircularBuffer<LogEntry>()

    /// - Parameter isFramed: whether the container has no terminal; its log is then asked for with times.
    package init(isFramed: Bool) {
        form = isFramed ? .framed(MultiplexDecoder(), [:]) : .plain(LineDecoder(limit: 16 << 10))
    }

    /// - Throws: ``EngineError/malformed(_:)`` for frames that are none.
    package mutating func append(_ bytes: ByteBuffer) throws(EngineError) {
        switch form {
        case .framed(var frames, var open):
            // Not kept twice: a second owner of the bytes would have them copied.
            form = .plain(LineDecoder(limit: 0))
            frames.append(bytes)
            while let piece = try frames.next() { take(piece, &open) }
            form = .framed(frames, open)
        case .plain(var lines):
            form = .plain(LineDecoder(limit: 0))
            lines.append(bytes)
            while let line = lines.next() { ready.append(Self.entry(line)) }
            form = .plain(lines)
        }
    }

    /// The next entry that is whole; nil when more must come.
    package mutating func next() -> LogEntry? { ready.popFirst() }

    /// Nothing more comes: what was begun is told by ``next()``.
    /// - Throws: ``EngineError/broken(_:)`` inside a frame.
    package mutating func finish() throws(EngineError) {
        switch form {
        case .framed(let frames, _): try frames.finish()
        case .plain(var lines):
            if let line = lines.finish() { ready.append(Self.entry(line)) }
            form = .plain(lines)
        }
    }

    private static func entry(_ line: LineDecoder.Line) -> LogEntry {
        LogEntry(output: .stdout, timestamp: nil, bytes: line.bytes, isPartial: line.isPartial)
    }

    private mutating func take(_ piece: MultiplexDecoder.Piece, _ open: inout [EngineOutput: ByteBuffer]) {
        var frame = piece.bytes
        if var begun = open.removeValue(forKey: piece.output) {
            begun.writeImmutableBuffer(piece.bytes)
            frame = begun
        }
        if piece.isLast || frame.readableBytes >= Self.longest {
            split(frame, piece.output)
        } else {
            open[piece.output] = frame
        }
    }

    /// A frame is one entry; more newlines than the last one make more of it.
    private mutating func split(_ frame: ByteBuffer, _ output: EngineOutput) {
        var frame = frame
        let time = Self.readTime(&frame)
        repeat {
            let view = frame.readableBytesView
            let end = view.firstIndex(of: UInt8(ascii: "\n"))
            let length = end.map { view.distance(from: view.startIndex, to: $0) } ?? view.count
            let bytes = frame.readSlice(length: length) ?? ByteBuffer()
            if end != nil { frame.moveReaderIndex(forwardBy: 1) }
            ready.append(LogEntry(output: output, timestamp: time, bytes: bytes, isPartial: end == nil))
        } while frame.readableBytes > 0
    }

    /// The time and the space before an entry: `2026-11-21T10:00:00.000000000Z `.
    private static func readTime(_ frame: inout ByteBuffer) -> String? {
        let head = frame.readableBytesView.prefix(40)
        guard let space = head.firstIndex(of: UInt8(ascii: " ")), head.count >= 21 else { return nil }
        let length = head.distance(from: head.startIndex, to: space)
        let text = Array(head.prefix(length))
        guard length >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
            text.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        frame.moveReaderIndex(forwardBy: length + 1)
        return String(decoding: text, as: UTF8.self)
    }
}

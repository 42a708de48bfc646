package import NIOCore

/// Reads an archive as its bytes come: entries, then their content in pieces. Never holds more than a header.
package struct TarDecoder: Sendable {
    package enum Event: Sendable {
        case entry(ArchiveEntry)
        /// Content of the entry told last.
        case content(ByteBuffer)
    }

    private enum State {
        case header
        case extended(UInt8, left: Int, padding: Int, [UInt8])
        case content(left: Int64, padding: Int)
        case padding(Int)
        case over
    }

    private var input = ByteBuffer()
    private var state = State.header
    private var headers = TarHeaders()
    /// Bytes that were taken so far.
    package private(set) var offset: Int64

    /// - Parameters:
    ///   - offset: where in the archive the first byte lies that will be fed.
    ///   - entry: the entry in whose content that is, with the bytes of it that came before; nil where a header begins.
    package init(at offset: Int64 = 0, within entry: (ArchiveEntry, done: Int64)? = nil) {
        self.offset = offset
        if let (entry, done) = entry { begin(entry.size, done: done) }
    }

    private mutating func begin(_ size: Int64, done: Int64) {
        state = .content(left: size - done, padding: Int(Tar.padded(size) - size))
    }

    /// Whether the archive's end mark has come; what follows it is not looked at.
    package var isOver: Bool {
        if case .over = state { true } else { false }
    }

    package mutating func feed(_ bytes: ByteBuffer) {
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
    }

    /// The next event; nil where more bytes are needed.
    /// - Throws: ``ArchiveError/malformed(_:)``; the decoder is not to be used any more.
    package mutating func next() throws(ArchiveError) -> Event? {
        while true {
            switch state {
            case .header:
                guard let block = take(Tar.blockLength) else { return nil }
                if let entry = try header(Array(block.readableBytesView)) { return .entry(entry) }
            case .extended(let type, let left, let padding, var bytes):
                guard let piece = take(upTo: left) else { return nil }
                bytes += piece.readableBytesView
                guard piece.readableBytes == left else {
                    state = .extended(type, left: left - piece.readableBytes, padding: padding, bytes)
                    continue
                }
                try headers.take(type, bytes)
                state = .padding(padding)
            case .content(left: 0, let padding): state = .padding(padding)
            case .content(let left, let padding):
                guard let piece = take(upTo: Int(clamping: left)) else { return nil }
                state = .content(left: left - Int64(piece.readableBytes), padding: padding)
                return .content(piece)
            case .padding(0): state = .header
            case .padding(let left):
                guard let piece = take(upTo: left) else { return nil }
                state = .padding(left - piece.readableBytes)
            case .over:
                guard take(upTo: .max) != nil else { return nil }
            }
        }
    }

    /// - Throws: ``ArchiveError/malformed(_:)`` where the archive's end mark did not come.
    package func finish() throws(ArchiveError) {
        guard isOver else { throw .malformed("it ends after \(offset) bytes, before its end mark") }
    }

    private mutating func header(_ block: [UInt8]) throws(ArchiveError) -> ArchiveEntry? {
        guard block.contains(where: { $0 != 0 }) else {
            state = .over
            return nil
        }
        switch try headers.read(block, at: offset - Int64(Tar.blockLength)) {
        case .extended(let type, let size):
            state = .extended(type, left: size, padding: Int(Tar.padded(Int64(size))) - size, [])
            return nil
        case .entry(let entry):
            begin(entry.size, done: 0)
            return entry
        }
    }

    private mutating func take(_ count: Int) -> ByteBuffer? {
        let slice = input.readSlice(length: count)
        offset += Int64(slice?.readableBytes ?? 0)
        return slice
    }

    /// At least a byte, unless none is wanted.
    private mutating func take(upTo count: Int) -> ByteBuffer? {
        let length = min(count, input.readableBytes)
        return length > 0 || count == 0 ? take(length) : nil
    }
}

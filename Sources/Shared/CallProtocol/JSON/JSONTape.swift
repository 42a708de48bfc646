import NIOCore

/// One entry of a ``JSONTape``: a value or a key, as a place in the text. 16 bytes.
struct JSONToken {
    enum Kind: UInt8 {
        case null, `true`, `false`, integer, real, string, array, object, key
    }

    var kind: Kind
    /// Of a string or key: whether it holds escapes.
    var escaped: Bool
    /// Where it begins in the text; of a string and a key after the quote.
    var offset: UInt32
    /// Bytes of text; of a string and a key without the quotes.
    var length: UInt32
    /// Of an array or object: the entry after its last one (while it is open: the container around it).
    var next: UInt32
}

/// A JSON text with the flat list of its tokens: a container is followed by its children, a key by its value.
/// Strings and numbers are made only when asked for. It never changes, so readers on several threads share it.
final class JSONTape: Sendable {
    let buffer: ByteBuffer
    let tokens: [JSONToken]

    /// Reads the whole of the readable bytes.
    init(parsing buffer: ByteBuffer, limits: JSONLimits) throws(JSONParseError) {
        self.buffer = buffer
        tokens = try Self.tokens(of: buffer, limits: limits)
    }

    private static func tokens(of buffer: ByteBuffer, limits: JSONLimits) throws(JSONParseError) -> [JSONToken] {
        let result = buffer.withUnsafeReadableBytes { bytes -> Result<[JSONToken], JSONParseError> in
            do throws(JSONParseError) {
                var sink = JSONTapeSink(expecting: bytes.count, limit: limits.values)
                try JSONGrammar.run(bytes, limits: limits, into: &sink)
                return .success(sink.tokens)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The entry after a value and all it holds.
    @inline(__always)
    func after(_ index: Int) -> Int {
        let token = tokens[index]
        return token.kind == .array || token.kind == .object ? Int(token.next) : index &+ 1
    }

    /// Calls with the bytes of a token's text.
    @inline(__always)
    func withBytes<T>(_ token: JSONToken, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        buffer.withUnsafeReadableBytes { bytes in
            let start = Int(token.offset)
            return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start &+ Int(token.length)]))
        }
    }

    /// The text of a string or a key.
    @inline(__always)
    func string(_ token: JSONToken) -> String {
        withBytes(token) { JSONText.string($0, escaped: token.escaped) }
    }

    /// The bytes of a value as they stand in the text, quotes included.
    func slice(_ index: Int) -> ByteBuffer {
        let token = tokens[index]
        let quotes = token.kind == .string ? 1 : 0
        let start = buffer.readerIndex + Int(token.offset) - quotes
        return buffer.getSlice(at: start, length: Int(token.length) + 2 * quotes) ?? ByteBuffer()
    }

    /// The value as bytes that hold on to nothing but the text.
    func raw(_ index: Int) -> RawJSON { RawJSON(trusted: slice(index)) }
}

/// Writes the tape. Duplicate keys are looked for when an object ends, at a cost that grows with its size and no faster.
private struct JSONTapeSink: JSONSink {
    var tokens: [JSONToken] = []
    private var parent: UInt32 = .max
    private let limit: Int

    init(expecting bytes: Int, limit: Int) {
        self.limit = limit
        tokens.reserveCapacity(min(bytes / 6 + 4, 1024))
    }

    @inline(__always)
    private mutating func append(_ token: JSONToken) throws(JSONParseError) {
        guard tokens.count < limit else {
            throw JSONParseError(offset: Int(token.offset), reason: .tooManyValues(limit: limit))
        }
        tokens.append(token)
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONToken.Kind, at offset: Int, length: Int, escaped: Bool) throws(JSONParseError) {
        try append(
            JSONToken(
                kind: kind, escaped: escaped, offset: UInt32(truncatingIfNeeded: offset),
                length: UInt32(truncatingIfNeeded: length), next: 0))
    }

    @inline(__always)
    mutating func key(at offset: Int, length: Int, escaped: Bool) throws(JSONParseError) {
        try scalar(.key, at: offset, length: length, escaped: escaped)
    }

    @inline(__always)
    mutating func open(_ kind: JSONToken.Kind, at offset: Int) throws(JSONParseError) {
        let place = UInt32(truncatingIfNeeded: tokens.count)
        try append(
            JSONToken(
                kind: kind, escaped: false, offset: UInt32(truncatingIfNeeded: offset), length: 0, next: parent))
        parent = place
    }

    @inline(__always)
    mutating func close(end: Int, in bytes: UnsafeRawBufferPointer) throws(JSONParseError) {
        let place = Int(parent)
        parent = tokens[place].next
        tokens[place].next = UInt32(truncatingIfNeeded: tokens.count)
        tokens[place].length = UInt32(truncatingIfNeeded: end) &- tokens[place].offset
        if tokens[place].kind == .object, tokens.count > place &+ 3 {
            try JSONDuplicateKeys.check(tokens, object: place, in: bytes)
        }
    }
}

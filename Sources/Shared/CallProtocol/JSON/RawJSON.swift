package import NIOCore

/// One JSON value as its bytes: checked once, then passed on and written as it is.
///
/// Equality and hash are those of the bytes; use ``value()`` to compare what they mean.
package struct RawJSON: Sendable {
    /// The UTF-8 JSON text, with no white space around it that matters.
    package let buffer: ByteBuffer
    /// Where the value stands on a tape that was read already, so that it is not read again. It keeps all of that text.
    let place: (tape: JSONTape, index: Int)?

    /// Whether it was read already, so that looking at it costs little.
    package var isScanned: Bool { place != nil }

    /// Checks that the readable bytes are exactly one JSON value (duplicate keys included).
    /// - Throws: `JSONParseError`.
    package init(validating buffer: ByteBuffer, limits: JSONLimits = .standard) throws(JSONParseError) {
        let tape = try JSONTape(parsing: buffer, limits: limits)
        self.init(on: tape, at: 0)
    }

    /// The value at an entry of a tape.
    init(on tape: JSONTape, at index: Int) {
        buffer = index == 0 ? tape.buffer : tape.slice(index)
        place = (tape, index)
    }

    /// Bytes that are known to be one JSON value because they were written or checked here.
    init(trusted buffer: ByteBuffer) {
        self.buffer = buffer
        place = nil
    }

    /// The JSON text of a value. A double that is not finite is written as null.
    package init(_ value: JSONValue) {
        var writer = JSONWriter()
        writer.value(value)
        self = writer.finish()
    }

    /// `{}`
    package static let emptyObject = RawJSON(trusted: ByteBuffer(string: "{}"))

    /// `null`
    package static let null = RawJSON(trusted: ByteBuffer(string: "null"))

    /// Length of the text in bytes.
    package var count: Int { buffer.readableBytes }

    /// What the text says where it is a string, else nil.
    package var stringValue: String? {
        buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.firstIndex(of: UInt8(ascii: "\"")),
                let end = bytes.lastIndex(of: UInt8(ascii: "\"")), start < end,
                bytes[..<start].allSatisfy({ $0 <= 0x20 })
            else { return nil }
            let inner = UnsafeRawBufferPointer(rebasing: bytes[start + 1..<end])
            return JSONText.string(inner, escaped: inner.contains(UInt8(ascii: "\\")))
        }
    }

    /// The text parsed.
    /// - Throws: `JSONParseError` for what checking alone lets pass: a number beyond any double, and, where the bytes
    ///   were skimmed by ``JSONScanner``, a duplicate key.
    package func value() throws(JSONParseError) -> JSONValue {
        if let place { return try place.tape.value(place.index) }
        return try JSONParser.parse(buffer)
    }

    /// The same text, read: looked at and decoded as often as is wished at the cost of one reading.
    /// - Throws: `JSONParseError`.
    package func read() throws(JSONParseError) -> RawJSON {
        place == nil ? try RawJSON(validating: buffer) : self
    }
}

extension RawJSON: Hashable {
    package static func == (left: RawJSON, right: RawJSON) -> Bool { left.buffer == right.buffer }

    package func hash(into hasher: inout Hasher) { hasher.combine(buffer) }
}

extension RawJSON: CustomStringConvertible {
    package var description: String { String(buffer: buffer) }
}

extension RawJSON: Codable {
    /// Through our own coders the bytes go verbatim; through any other they go by way of ``JSONValue``.
    package init(from decoder: any Decoder) throws {
        self.init(try JSONValue(from: decoder))
    }

    package func encode(to encoder: any Encoder) throws {
        try value().encode(to: encoder)
    }
}

package import NIOCore

/// Swift's `Codable` types to JSON text and back, built for the small messages of the hot path: the encoder writes
/// bytes straight into one buffer, the decoder reads from a flat list of tokens and makes only what is asked for.
///
/// - Nil optionals of synthesized conformances are left out; a member that is null decodes as nil.
/// - `Date` and `Data` get no treatment of their own: carry times and bytes as strings.
/// - `JSONValue` and `RawJSON` are fields like any other.
/// - Unknown members are ignored. A whole number may be written 3 or 3.0; one that does not fit is an error.
/// - Duplicate keys and whatever else ``JSONParser`` refuses are refused.
package enum JSONCoding {
    /// Appends the JSON text of `value`. On error the buffer is as it was.
    /// - Throws: `EncodingError`, also for a double that is not finite; whatever `value` throws.
    package static func encode<T: Encodable>(_ value: T, into buffer: inout ByteBuffer) throws {
        let start = buffer.writerIndex
        let output = JSONOutput(buffer)
        // Ours is let go of, so that the output is the only owner and appends without a copy.
        buffer = ByteBuffer()
        defer { buffer = output.takeBuffer() }
        do {
            try output.root(value)
        } catch {
            output.writer.pointee.buffer.moveWriterIndex(to: start)
            throw error
        }
    }

    /// The JSON text of `value`.
    /// - Throws: as ``encode(_:into:)``.
    package static func encode<T: Encodable>(_ value: T) throws -> RawJSON {
        var buffer = ByteBufferAllocator().buffer(capacity: 256)
        try encode(value, into: &buffer)
        return RawJSON(trusted: buffer)
    }

    /// `value` as a JSON value.
    /// - Throws: as ``encode(_:into:)``.
    package static func value<T: Encodable>(of value: T) throws -> JSONValue {
        try encode(value).value()
    }

    /// The `T` that the readable bytes say.
    /// - Throws: `DecodingError`; for bytes that are no JSON `.dataCorrupted` with the `JSONParseError` beneath;
    ///   whatever `T` throws. ``describe(_:)-(DecodingError)`` makes a sentence of it.
    package static func decode<T: Decodable>(
        _ type: T.Type, from buffer: ByteBuffer, limits: JSONLimits = .standard
    ) throws -> T {
        let tape: JSONTape
        do {
            tape = try JSONTape(parsing: buffer, limits: limits)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: error.description, underlyingError: error))
        }
        return try decode(type, from: tape, at: 0)
    }

    /// The `T` that the text says.
    /// - Throws: as ``decode(_:from:limits:)-(_,ByteBuffer,_)``.
    package static func decode<T: Decodable>(_ type: T.Type, from raw: RawJSON) throws -> T {
        if let place = raw.place { return try decode(type, from: place.tape, at: place.index) }
        return try decode(type, from: raw.buffer)
    }

    private static func decode<T: Decodable>(_ type: T.Type, from tape: JSONTape, at index: Int) throws -> T {
        try JSONTapeDecoder(reading: JSONReading(tape), index: index).unbox(type)
    }

    /// The `T` that the value says.
    /// - Throws: as ``decode(_:from:limits:)-(_,ByteBuffer,_)``.
    package static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
        try decode(type, from: RawJSON(value))
    }
}

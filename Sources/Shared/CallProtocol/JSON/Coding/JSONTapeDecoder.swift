/// Reads the value at one entry of a tape, as a decoder and as the container of a single value.
struct JSONTapeDecoder: Decoder, SingleValueDecodingContainer {
    let reading: JSONReading
    let index: Int

    @inline(__always)
    var tape: JSONTape { reading.tape }

    /// Worked out from the tape, since it is only asked for when something is wrong.
    var codingPath: [any CodingKey] { tape.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try JSONKeyedDecoding<Key>(reading: reading, index: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedDecoding(reading: reading, index: index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    /// The value as it is.
    func value() throws -> JSONValue {
        do {
            return try tape.value(index)
        } catch {
            throw tape.corrupted(index, "\(error)")
        }
    }

    /// Decodes a value of any type; our own ones and strings without a detour.
    @inline(__always)
    func unbox<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self, let value = try value() as? T { return value }
        if type == RawJSON.self, let raw = tape.raw(index) as? T { return raw }
        if type == String.self, let text = try tape.text(index) as? T { return text }
        if type == [String: String].self, let texts = try tape.texts(index) as? T { return texts }
        return try T(from: self)
    }

    func decodeNil() -> Bool { tape.tokens[index].kind == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try tape.bool(index) }
    func decode(_ type: String.Type) throws -> String { try tape.text(index) }
    func decode(_ type: Double.Type) throws -> Double { try tape.real(index) }
    func decode(_ type: Float.Type) throws -> Float { try tape.float(index) }
    func decode(_ type: Int.Type) throws -> Int { try tape.integer(index) }
    func decode(_ type: Int8.Type) throws -> Int8 { try tape.integer(index) }
    func decode(_ type: Int16.Type) throws -> Int16 { try tape.integer(index) }
    func decode(_ type: Int32.Type) throws -> Int32 { try tape.integer(index) }
    func decode(_ type: Int64.Type) throws -> Int64 { try tape.integer(index) }
    func decode(_ type: UInt.Type) throws -> UInt { try tape.integer(index) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try tape.integer(index) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try tape.integer(index) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try tape.integer(index) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try tape.integer(index) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try unbox(type) }
}

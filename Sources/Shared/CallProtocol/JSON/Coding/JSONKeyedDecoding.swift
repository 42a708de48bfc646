/// Reads an object's members by key.
struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let reading: JSONReading
    private let index: Int

    @inline(__always)
    private var tape: JSONTape { reading.tape }

    /// - Throws: `DecodingError` where the value is no object.
    init(reading: JSONReading, index: Int) throws {
        let tape = reading.tape
        guard tape.tokens[index].kind == .object else {
            throw tape.mismatch([String: JSONValue].self, index, "an object")
        }
        self.reading = reading
        self.index = index
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }

    var allKeys: [Key] {
        var keys: [Key] = []
        let end = tape.after(index)
        var place = index + 1
        while place < end {
            if let key = Key(stringValue: tape.string(tape.tokens[place])) { keys.append(key) }
            place = tape.after(place + 1)
        }
        return keys
    }

    /// The entry of a key's value.
    @inline(__always)
    private func find(_ key: Key) throws -> Int {
        guard let place = reading.member(key.stringValue, of: index) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "the field is required and missing"))
        }
        return place
    }

    func contains(_ key: Key) -> Bool { reading.member(key.stringValue, of: index) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { tape.tokens[try find(key)].kind == .null }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try tape.bool(try find(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try tape.text(try find(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try tape.real(try find(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try tape.float(try find(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try tape.integer(try find(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try tape.integer(try find(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try tape.integer(try find(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try tape.integer(try find(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try tape.integer(try find(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try tape.integer(try find(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try tape.integer(try find(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try tape.integer(try find(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try tape.integer(try find(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try tape.integer(try find(key)) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try JSONTapeDecoder(reading: reading, index: try find(key)).unbox(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(try JSONKeyedDecoding<Nested>(reading: reading, index: try find(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedDecoding(reading: reading, index: try find(key))
    }

    func superDecoder() throws -> any Decoder {
        guard let place = reading.member("super", of: index) else {
            throw DecodingError.keyNotFound(
                JSONKey.name("super"),
                .init(codingPath: codingPath, debugDescription: "the field is required and missing"))
        }
        return JSONTapeDecoder(reading: reading, index: place)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        JSONTapeDecoder(reading: reading, index: try find(key))
    }
}

extension JSONKeyedDecoding {
    /// The entry of a member that is there and not null; one search where the protocol's own way takes three.
    @inline(__always)
    private func present(_ key: Key) -> Int? {
        guard let place = reading.member(key.stringValue, of: index), tape.tokens[place].kind != .null else {
            return nil
        }
        return place
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key).map(tape.bool) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key).map(tape.text) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try present(key).map(tape.real) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try present(key).map(tape.float) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try whole(key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try whole(key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try whole(key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try whole(key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try whole(key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try whole(key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try whole(key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try whole(key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try whole(key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try whole(key) }

    @inline(__always)
    private func whole<T: FixedWidthInteger>(_ key: Key) throws -> T? {
        guard let place = present(key) else { return nil }
        return try tape.integer(place)
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard let place = reading.member(key.stringValue, of: index) else { return nil }
        // An optional JSONValue is nil for null as any other type is.
        guard tape.tokens[place].kind != .null else { return nil }
        return try JSONTapeDecoder(reading: reading, index: place).unbox(type)
    }
}

/// Reads an array's elements one after another.
struct JSONUnkeyedDecoding: UnkeyedDecodingContainer {
    private let reading: JSONReading
    private let index: Int
    private let end: Int
    private var place: Int
    private(set) var currentIndex = 0

    @inline(__always)
    private var tape: JSONTape { reading.tape }

    /// - Throws: `DecodingError` where the value is no array.
    init(reading: JSONReading, index: Int) throws {
        let tape = reading.tape
        guard tape.tokens[index].kind == .array else { throw tape.mismatch([JSONValue].self, index, "an array") }
        self.reading = reading
        self.index = index
        end = tape.after(index)
        place = index + 1
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }
    var isAtEnd: Bool { place >= end }

    var count: Int? {
        var count = 0
        var at = index + 1
        while at < end {
            count += 1
            at = tape.after(at)
        }
        return count
    }

    /// Goes past the next element once it has been read; not where reading it fails.
    @inline(__always)
    private mutating func next<T>(_ type: T.Type, _ read: (Int) throws -> T) throws -> T {
        guard place < end else {
            throw DecodingError.valueNotFound(
                type,
                .init(
                    codingPath: codingPath + [JSONKey.place(currentIndex)],
                    debugDescription: "the array has only \(currentIndex) elements"))
        }
        let value = try read(place)
        place = tape.after(place)
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard place < end else { return try next(JSONValue?.self) { _ in nil } == nil }
        guard tape.tokens[place].kind == .null else { return false }
        place += 1
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type, tape.bool) }
    mutating func decode(_ type: String.Type) throws -> String { try next(type, tape.text) }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type, tape.real) }
    mutating func decode(_ type: Float.Type) throws -> Float { try next(type, tape.float) }
    mutating func decode(_ type: Int.Type) throws -> Int { try next(type, tape.integer) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next(type, tape.integer) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next(type, tape.integer) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next(type, tape.integer) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next(type, tape.integer) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next(type, tape.integer) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next(type, tape.integer) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next(type, tape.integer) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next(type, tape.integer) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next(type, tape.integer) }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let reading = reading
        return try next(type) { try JSONTapeDecoder(reading: reading, index: $0).unbox(type) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let reading = reading
        return try next(KeyedDecodingContainer<Nested>.self) {
            KeyedDecodingContainer(try JSONKeyedDecoding<Nested>(reading: reading, index: $0))
        }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let reading = reading
        return try next((any UnkeyedDecodingContainer).self) { try JSONUnkeyedDecoding(reading: reading, index: $0) }
    }

    mutating func superDecoder() throws -> any Decoder {
        let reading = reading
        return try next((any Decoder).self) { JSONTapeDecoder(reading: reading, index: $0) }
    }
}

/// Writes an array's elements as they come.
struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
    let output: JSONOutput
    let id: UInt32
    let depth: Int
    private(set) var count = 0

    init(output: JSONOutput, id: UInt32, depth: Int) {
        self.output = output
        self.id = id
        self.depth = depth
    }

    var codingPath: [any CodingKey] { output.path }

    @inline(__always)
    private mutating func begin() throws {
        try output.resume(id, at: depth)
        count += 1
    }

    mutating func encodeNil() throws {
        try begin()
        output.writer.pointee.null()
    }

    mutating func encode(_ value: Bool) throws {
        try begin()
        output.writer.pointee.bool(value)
    }

    mutating func encode(_ value: String) throws {
        try begin()
        output.writer.pointee.string(value)
    }

    mutating func encode(_ value: Double) throws {
        try begin()
        try output.double(value, under: JSONKey.place(count - 1))
    }

    mutating func encode(_ value: Float) throws {
        try begin()
        try output.float(value, under: JSONKey.place(count - 1))
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try begin()
        try output.box(value, under: JSONKey.place(count - 1))
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        count += 1
        let id = output.begin(within: id, at: depth, key: nil, object: true)
        return KeyedEncodingContainer(JSONKeyedEncoding<Nested>(output: output, id: id, depth: depth + 1))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        count += 1
        let id = output.begin(within: id, at: depth, key: nil, object: false)
        return JSONUnkeyedEncoding(output: output, id: id, depth: depth + 1)
    }

    mutating func superEncoder() -> any Encoder {
        count += 1
        output.beginValue(within: id, at: depth, key: nil)
        return JSONBoxEncoder(output: output, depth: depth + 1)
    }
}

extension JSONUnkeyedEncoding {
    @inline(__always)
    private mutating func whole(_ value: some FixedWidthInteger) throws {
        try begin()
        output.writer.pointee.integer(value)
    }

    mutating func encode(_ value: Int) throws { try whole(value) }
    mutating func encode(_ value: Int8) throws { try whole(value) }
    mutating func encode(_ value: Int16) throws { try whole(value) }
    mutating func encode(_ value: Int32) throws { try whole(value) }
    mutating func encode(_ value: Int64) throws { try whole(value) }
    mutating func encode(_ value: UInt) throws { try whole(value) }
    mutating func encode(_ value: UInt8) throws { try whole(value) }
    mutating func encode(_ value: UInt16) throws { try whole(value) }
    mutating func encode(_ value: UInt32) throws { try whole(value) }
    mutating func encode(_ value: UInt64) throws { try whole(value) }
}

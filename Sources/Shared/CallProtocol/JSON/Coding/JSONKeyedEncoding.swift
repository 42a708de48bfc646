/// Writes an object's members as they come.
struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let output: JSONOutput
    let id: UInt32
    let depth: Int

    var codingPath: [any CodingKey] { output.path }

    @inline(__always)
    private func begin(_ key: Key) throws {
        try output.resume(id, at: depth)
        output.writer.pointee.key(key.stringValue)
    }

    func encodeNil(forKey key: Key) throws {
        try begin(key)
        output.writer.pointee.null()
    }

    func encode(_ value: Bool, forKey key: Key) throws {
        try begin(key)
        output.writer.pointee.bool(value)
    }

    func encode(_ value: String, forKey key: Key) throws {
        try begin(key)
        output.writer.pointee.string(value)
    }

    func encode(_ value: Double, forKey key: Key) throws {
        try begin(key)
        try output.double(value, under: key)
    }

    func encode(_ value: Float, forKey key: Key) throws {
        try begin(key)
        try output.float(value, under: key)
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try begin(key)
        try output.box(value, under: key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        let id = output.begin(within: id, at: depth, key: key.stringValue, object: true)
        return KeyedEncodingContainer(JSONKeyedEncoding<Nested>(output: output, id: id, depth: depth + 1))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let id = output.begin(within: id, at: depth, key: key.stringValue, object: false)
        return JSONUnkeyedEncoding(output: output, id: id, depth: depth + 1)
    }

    func superEncoder() -> any Encoder {
        output.beginValue(within: id, at: depth, key: "super")
        return JSONBoxEncoder(output: output, depth: depth + 1)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        output.beginValue(within: id, at: depth, key: key.stringValue)
        return JSONBoxEncoder(output: output, depth: depth + 1)
    }
}

extension JSONKeyedEncoding {
    @inline(__always)
    private func whole(_ value: some FixedWidthInteger, _ key: Key) throws {
        try begin(key)
        output.writer.pointee.integer(value)
    }

    func encode(_ value: Int, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: Int8, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try whole(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try whole(value, key) }
}

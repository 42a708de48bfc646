/// What a value is given to encode itself with: the output and the depth the value stands at.
struct JSONBoxEncoder: Encoder {
    let output: JSONOutput
    let depth: Int

    var codingPath: [any CodingKey] { output.path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        // A second container of one value goes on with the first, as types do that encode another's members as theirs.
        let id = output.reopen(object: true, at: depth) ?? output.open(object: true)
        return KeyedEncodingContainer(JSONKeyedEncoding(output: output, id: id, depth: depth))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let id = output.reopen(object: false, at: depth) ?? output.open(object: false)
        return JSONUnkeyedEncoding(output: output, id: id, depth: depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONBoxEncoder: SingleValueEncodingContainer {
    func encodeNil() throws { output.writer.pointee.null() }
    func encode(_ value: Bool) throws { output.writer.pointee.bool(value) }
    func encode(_ value: String) throws { output.writer.pointee.string(value) }
    func encode(_ value: Double) throws { try output.double(value, under: nil) }
    func encode(_ value: Float) throws { try output.float(value, under: nil) }
    func encode(_ value: Int) throws { output.writer.pointee.integer(value) }
    func encode(_ value: Int8) throws { output.writer.pointee.integer(value) }
    func encode(_ value: Int16) throws { output.writer.pointee.integer(value) }
    func encode(_ value: Int32) throws { output.writer.pointee.integer(value) }
    func encode(_ value: Int64) throws { output.writer.pointee.integer(value) }
    func encode(_ value: UInt) throws { output.writer.pointee.integer(value) }
    func encode(_ value: UInt8) throws { output.writer.pointee.integer(value) }
    func encode(_ value: UInt16) throws { output.writer.pointee.integer(value) }
    func encode(_ value: UInt32) throws { output.writer.pointee.integer(value) }
    func encode(_ value: UInt64) throws { output.writer.pointee.integer(value) }
    func encode<T: Encodable>(_ value: T) throws { try output.box(value) }
}

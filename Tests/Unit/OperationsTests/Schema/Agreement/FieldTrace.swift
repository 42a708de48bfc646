import CallProtocol

@testable import Operations

/// What a `Decodable` type asks for while it decodes, object by object.
///
/// Synthesized conformances ask for a required field with `decode` and for an optional one with `decodeIfPresent`;
/// that difference is what is noted. Each value itself is decoded by ``JSONCoding``.
final class FieldTrace {
    /// The fields of one object.
    struct Fields {
        var asked: Set<String> = []
        /// Those whose absence is an error.
        var demanded: Set<String> = []
    }

    /// The step of a path that means every element of an array.
    static let element = "[]"
    /// The step of a path that means every value of a dictionary.
    static let entry = "*"

    /// By path, all samples together.
    private(set) var objects: [[String]: Fields] = [:]

    /// Decodes and notes.
    func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
        try TraceDecoder(trace: self, value: value, path: [], codingPath: []).unbox(type)
    }

    func begin(_ path: [String]) {
        if objects[path] == nil { objects[path] = Fields() }
    }

    func note(_ field: String, demanded: Bool, at path: [String]) {
        objects[path, default: Fields()].asked.insert(field)
        if demanded { objects[path]?.demanded.insert(field) }
    }
}

/// Decodes one value and tells the trace.
struct TraceDecoder: Decoder {
    let trace: FieldTrace
    let value: JSONValue
    let path: [String]
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch([String: JSONValue].self, "an object") }
        trace.begin(path)
        return KeyedDecodingContainer(TraceKeyed<Key>(decoder: self, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([JSONValue].self, "an array") }
        return TraceUnkeyed(decoder: self, elements: elements)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func unbox<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self || type == RawJSON.self { return try scalar(type) }
        return try T(from: self)
    }

    /// Has the real decoder take the value, and puts the path in front of its errors.
    func scalar<T: Decodable>(_ type: T.Type) throws -> T {
        do {
            return try JSONCoding.decode(type, from: value)
        } catch let error as DecodingError {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: JSONCoding.describe(error).reason))
        }
    }

    func mismatch(_ type: any Any.Type, _ expected: String) -> DecodingError {
        .typeMismatch(
            type,
            .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(value.kind.phrase)"))
    }
}

extension TraceDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try unbox(type) }
    func decode(_ type: Bool.Type) throws -> Bool { try scalar(type) }
    func decode(_ type: String.Type) throws -> String { try scalar(type) }
    func decode(_ type: Double.Type) throws -> Double { try scalar(type) }
    func decode(_ type: Float.Type) throws -> Float { try scalar(type) }
    func decode(_ type: Int.Type) throws -> Int { try scalar(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try scalar(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try scalar(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try scalar(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try scalar(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try scalar(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try scalar(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try scalar(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try scalar(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try scalar(type) }
}

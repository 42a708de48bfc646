/// What is told of a JSON text while it is read, in order. Places are bytes from its start.
protocol JSONSink {
    /// A string, number, true, false or null; of a string the part between its quotes.
    mutating func scalar(_ kind: JSONToken.Kind, at offset: Int, length: Int, escaped: Bool) throws(JSONParseError)
    /// A member's key, the part between its quotes.
    mutating func key(at offset: Int, length: Int, escaped: Bool) throws(JSONParseError)
    /// An array or an object begins.
    mutating func open(_ kind: JSONToken.Kind, at offset: Int) throws(JSONParseError)
    /// The innermost array or object ends before `end`.
    mutating func close(end: Int, in bytes: UnsafeRawBufferPointer) throws(JSONParseError)
}

/// The grammar of RFC 8259, strictly: one value, white space around it, nothing else. No recursion, so no depth of
/// input can exhaust the stack; the kinds of the open containers are bits of one integer.
enum JSONGrammar {
    private enum Await {
        case value, valueOrEnd, key, keyOrEnd, separator
    }

    /// Reads all of `bytes` and tells the sink.
    @inline(__always)
    static func run(
        _ bytes: UnsafeRawBufferPointer, limits: JSONLimits, into sink: inout some JSONSink
    ) throws(JSONParseError) {
        guard bytes.count <= limits.bytes else {
            throw JSONParseError(offset: limits.bytes, reason: .tooLong(limit: limits.bytes))
        }
        var place = 0
        var depth = 0
        var inObject: UInt128 = 0
        var expected = Await.value
        while true {
            place = skipSpace(bytes, from: place)
            guard place < bytes.count else {
                if depth == 0, expected == .separator { return }
                throw JSONParseError(offset: bytes.count, reason: .unexpectedEnd)
            }
            let byte = bytes[place]
            switch expected {
            case .separator:
                guard depth > 0 else { throw JSONParseError(offset: place, reason: .trailingBytes) }
                let object = inObject & 1 == 1
                if byte == UInt8(ascii: ",") {
                    place &+= 1
                    expected = object ? .key : .value
                } else if byte == (object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    place &+= 1
                    try sink.close(end: place, in: bytes)
                    depth &-= 1
                    inObject >>= 1
                } else {
                    throw unexpected(byte, place, object ? "a comma or }" : "a comma or ]")
                }

            case .key, .keyOrEnd:
                if byte == UInt8(ascii: "}"), expected == .keyOrEnd {
                    place &+= 1
                    try sink.close(end: place, in: bytes)
                    depth &-= 1
                    inObject >>= 1
                    expected = .separator
                    continue
                }
                guard byte == UInt8(ascii: "\"") else { throw unexpected(byte, place, "a key in quotes") }
                let (end, escaped) = try JSONText.scan(bytes, from: place &+ 1)
                try sink.key(at: place &+ 1, length: end &- place &- 1, escaped: escaped)
                place = skipSpace(bytes, from: end &+ 1)
                guard place < bytes.count else {
                    throw JSONParseError(offset: bytes.count, reason: .unexpectedEnd)
                }
                guard bytes[place] == UInt8(ascii: ":") else { throw unexpected(bytes[place], place, "a colon") }
                place &+= 1
                expected = .value

            case .value, .valueOrEnd:
                switch byte {
                case UInt8(ascii: "\""):
                    let (end, escaped) = try JSONText.scan(bytes, from: place &+ 1)
                    try sink.scalar(.string, at: place &+ 1, length: end &- place &- 1, escaped: escaped)
                    place = end &+ 1
                    expected = .separator
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    let (end, real) = try JSONNumber.scan(bytes, from: place)
                    try sink.scalar(real ? .real : .integer, at: place, length: end &- place, escaped: false)
                    place = end
                    expected = .separator
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    let object = byte == UInt8(ascii: "{")
                    guard depth < limits.depth else {
                        throw JSONParseError(offset: place, reason: .tooDeep(limit: limits.depth))
                    }
                    try sink.open(object ? .object : .array, at: place)
                    depth &+= 1
                    inObject = inObject << 1 | (object ? 1 : 0)
                    place &+= 1
                    expected = object ? .keyOrEnd : .valueOrEnd
                case UInt8(ascii: "]") where expected == .valueOrEnd:
                    place &+= 1
                    try sink.close(end: place, in: bytes)
                    depth &-= 1
                    inObject >>= 1
                    expected = .separator
                case UInt8(ascii: "t"):
                    try literal("true", .true, bytes, place, &sink)
                    place &+= 4
                    expected = .separator
                case UInt8(ascii: "f"):
                    try literal("false", .false, bytes, place, &sink)
                    place &+= 5
                    expected = .separator
                case UInt8(ascii: "n"):
                    try literal("null", .null, bytes, place, &sink)
                    place &+= 4
                    expected = .separator
                default:
                    throw unexpected(byte, place, "a value")
                }
            }
        }
    }

    @inline(__always)
    private static func skipSpace(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            place &+= 1
        }
        return place
    }

    @inline(__always)
    private static func literal(
        _ word: StaticString, _ kind: JSONToken.Kind, _ bytes: UnsafeRawBufferPointer, _ place: Int,
        _ sink: inout some JSONSink
    ) throws(JSONParseError) {
        let length = word.utf8CodeUnitCount
        for step in 1..<length {
            guard place &+ step < bytes.count else {
                throw JSONParseError(offset: bytes.count, reason: .unexpectedEnd)
            }
            guard bytes[place &+ step] == word.utf8Start[step] else {
                throw unexpected(bytes[place &+ step], place &+ step, "the rest of \(word)")
            }
        }
        try sink.scalar(kind, at: place, length: length, escaped: false)
    }

    private static func unexpected(_ byte: UInt8, _ place: Int, _ expected: String) -> JSONParseError {
        JSONParseError(offset: place, reason: .unexpectedByte(byte, expected: expected))
    }
}

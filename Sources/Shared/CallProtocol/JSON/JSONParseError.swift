/// Why some bytes are not one JSON text, and where.
package struct JSONParseError: Error, Sendable, Hashable {
    /// The kinds of fault.
    package enum Reason: Sendable, Hashable {
        /// The text ends before its value does.
        case unexpectedEnd
        /// A byte that cannot stand here; what could is named.
        case unexpectedByte(UInt8, expected: String)
        /// Bytes follow the value.
        case trailingBytes
        /// A number that breaks the grammar (leading zero, no digit after the point, ...).
        case malformedNumber
        /// A number no double can hold.
        case numberOutOfRange
        /// A control character below U+0020 in a string; it must be escaped.
        case controlCharacter
        /// A backslash before something that is no escape.
        case invalidEscape
        /// A `\u` surrogate without its other half.
        case loneSurrogate
        /// Bytes in a string that are not UTF-8.
        case invalidUTF8
        /// The same key twice in one object.
        case duplicateKey(String)
        /// Arrays and objects nested deeper than allowed.
        case tooDeep(limit: Int)
        /// More bytes than allowed.
        case tooLong(limit: Int)
        /// More values than allowed.
        case tooManyValues(limit: Int)
        /// The text must be an object and is something else.
        case notAnObject
    }

    /// Bytes from the start of the text to the fault.
    package var offset: Int
    package var reason: Reason

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONParseError: CustomStringConvertible {
    /// One sentence without a full stop: what is wrong at which byte.
    package var description: String {
        "\(what) at byte \(offset)"
    }

    private var what: String {
        switch reason {
        case .unexpectedEnd: "the JSON text ends too early"
        case .unexpectedByte(let byte, let expected): "found \(Self.name(byte)) where \(expected) must stand"
        case .trailingBytes: "more follows after the JSON value"
        case .malformedNumber: "a number is malformed"
        case .numberOutOfRange: "a number is too large"
        case .controlCharacter: "a string holds a control character that is not escaped"
        case .invalidEscape: "a string holds an unknown escape"
        case .loneSurrogate: "a string holds half of a surrogate pair"
        case .invalidUTF8: "a string is not UTF-8"
        case .duplicateKey(let key): "the key \"\(key)\" stands twice in one object"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooLong(let limit): "longer than \(limit) bytes"
        case .tooManyValues(let limit): "more than \(limit) values"
        case .notAnObject: "a JSON object is needed"
        }
    }

    private static func name(_ byte: UInt8) -> String {
        switch byte {
        case 0x21...0x7E: "`\(Character(Unicode.Scalar(byte)))`"
        default: "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}

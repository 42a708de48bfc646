/// Why a label or a selector was refused. `message` is a sentence for the person who wrote it.
package enum LabelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text has no key at all, as in `=v` or `!`.
    case emptyKey(text: String)
    /// The key is longer than `Label.maximumKeyLength` bytes.
    case keyTooLong(key: String, length: Int)
    /// The key holds a character outside `A-Z a-z 0-9 . _ / -`.
    case invalidKeyCharacter(key: String, character: Character)
    /// The value is longer than `Label.maximumValueLength` bytes.
    case valueTooLong(key: String, length: Int)
    /// The value holds a control character.
    case controlCharacterInValue(key: String)
    /// The value begins with `=`, which is nearly always a mistyped `==`.
    case valueBeginsWithEquals(key: String)
    /// A label was wanted and the text has no `=`.
    case missingValue(text: String)
    /// `!key=value` was written.
    case valueAfterAbsent(text: String)
    /// One key was given two values.
    case conflictingValues(key: String, first: String, second: String)
    /// Two requirements of one selector exclude each other, so that nothing could ever match.
    case contradiction(first: String, second: String)
    /// More labels or requirements than `Label.maximumCount`.
    case tooMany(count: Int)

    /// What is wrong and, where there is one, the way to write it right.
    package var message: String {
        switch self {
        case .emptyKey(let text):
            "the label '\(Self.brief(text))' has no key; write it as key=value"
        case .keyTooLong(let key, let length):
            "the label key '\(Self.brief(key))' is \(length) bytes long, at most \(Label.maximumKeyLength) are allowed"
        case .invalidKeyCharacter(let key, let character):
            "the label key '\(Self.brief(key))' has the character '\(Self.printable(character))'; "
                + "letters, digits and . _ / - are allowed"
        case .valueTooLong(let key, let length):
            "the value of label '\(key)' is \(length) bytes long, at most \(Label.maximumValueLength) are allowed"
        case .controlCharacterInValue(let key):
            "the value of label '\(key)' holds a control character"
        case .valueBeginsWithEquals(let key):
            "the value of label '\(key)' begins with '='; write \(key)=value with one '='"
        case .missingValue(let text):
            "the label '\(Self.brief(text))' has no value; write it as key=value"
        case .valueAfterAbsent(let text):
            "'\(Self.brief(text))' mixes two forms; write !key for a missing label or key!=value for another value"
        case .conflictingValues(let key, let first, let second):
            "label '\(key)' is given twice, as '\(first)' and as '\(second)'"
        case .contradiction(let first, let second):
            "'\(first)' and '\(second)' exclude each other, nothing can match both"
        case .tooMany(let count):
            "\(count) labels are given, at most \(Label.maximumCount) are allowed"
        }
    }

    package var description: String { message }

    /// Input echoed in a message is cut, so that a huge argument does not become a huge error.
    private static func brief(_ text: String) -> String {
        let head = String(text.prefix(72).map { $0.isLabelControl ? "?" : $0 })
        return text.count > 72 ? head + "..." : head
    }

    private static func printable(_ character: Character) -> String {
        guard character.isLabelControl, let scalar = character.unicodeScalars.first else { return String(character) }
        return "U+" + String(scalar.value, radix: 16, uppercase: true)
    }
}

extension Character {
    /// True for a character any scalar of which is a C0 or C1 control or DEL.
    var isLabelControl: Bool { unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) } }
}

/// The rules for node labels: `key=value` pairs that operators give machines and that selectors match.
///
/// Keys are 1 to 63 bytes of `A-Z a-z 0-9 . _ / -`; values are 0 to 253 bytes of UTF-8 without control characters that
/// do not begin with `=`. Every bound is checked here and nowhere else.
package enum Label {
    /// The longest key, in bytes.
    package static let maximumKeyLength = 63
    /// The longest value, in bytes of UTF-8.
    package static let maximumValueLength = 253
    /// The most labels a node, or requirements a selector, may have.
    package static let maximumCount = 64

    /// Checks a key. Throws `emptyKey`, `keyTooLong` or `invalidKeyCharacter`.
    package static func validate(key: some StringProtocol) throws(LabelError) {
        let length = key.utf8.count
        guard length > 0 else { throw .emptyKey(text: "") }
        guard length <= maximumKeyLength else { throw .keyTooLong(key: String(key), length: length) }
        for character in key where !isKeyCharacter(character) {
            throw .invalidKeyCharacter(key: String(key), character: character)
        }
    }

    /// Checks a value; `key` only names it in the error. Throws `valueTooLong`, `controlCharacterInValue` or
    /// `valueBeginsWithEquals`.
    package static func validate(value: some StringProtocol, of key: some StringProtocol) throws(LabelError) {
        let length = value.utf8.count
        guard length <= maximumValueLength else { throw .valueTooLong(key: String(key), length: length) }
        guard !value.contains(where: \.isLabelControl) else { throw .controlCharacterInValue(key: String(key)) }
        guard value.utf8.first != UInt8(ascii: "=") else { throw .valueBeginsWithEquals(key: String(key)) }
    }

    /// Checks a whole set of labels as it comes from a document. Throws what the single checks throw, and `tooMany`;
    /// of several faults the one with the smallest key is reported.
    package static func validate(_ labels: [String: String]) throws(LabelError) {
        guard labels.count <= maximumCount else { throw .tooMany(count: labels.count) }
        for key in labels.keys.sorted() {
            try validate(key: key)
            try validate(value: labels[key] ?? "", of: key)
        }
    }

    /// One label from `key=value`; the value may be empty and may hold further `=` after its first character.
    /// Throws a `LabelError` that says how to write it.
    package static func parse(_ text: String) throws(LabelError) -> (key: String, value: String) {
        guard let split = text.firstIndex(of: "=") else {
            throw text.isEmpty ? .emptyKey(text: text) : .missingValue(text: text)
        }
        let key = text[..<split]
        let value = text[text.index(after: split)...]
        guard !key.isEmpty else { throw .emptyKey(text: text) }
        try validate(key: key)
        try validate(value: value, of: key)
        return (String(key), String(value))
    }

    /// Labels from repeated `--label key=value`. The same pair twice is fine, one key with two values is
    /// `conflictingValues`.
    package static func parse(_ texts: [String]) throws(LabelError) -> [String: String] {
        guard texts.count <= maximumCount else { throw .tooMany(count: texts.count) }
        var labels: [String: String] = [:]
        for text in texts {
            let (key, value) = try parse(text)
            if let first = labels[key], first != value {
                throw .conflictingValues(key: key, first: first, second: value)
            }
            labels[key] = value
        }
        return labels
    }

    private static func isKeyCharacter(_ character: Character) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "/", "-": character.utf8.count == 1
        default: false
        }
    }
}

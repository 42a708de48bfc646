/// One thing a selector asks of a node's labels.
package enum LabelRequirement: Sendable, Hashable {
    /// `key=value`: the label is there and has this value.
    case equals(key: String, value: String)
    /// `key!=value`: the label is missing or has another value.
    case notEquals(key: String, value: String)
    /// `key`: the label is there, whatever its value.
    case exists(key: String)
    /// `!key`: the label is not there.
    case absent(key: String)

    /// A requirement from one of the four forms above. Throws a `LabelError` that says how to write it.
    package init(parsing text: String) throws(LabelError) {
        if text.first == "!" {
            let key = text.dropFirst()
            guard !key.isEmpty else { throw .emptyKey(text: text) }
            guard !key.contains("=") else { throw .valueAfterAbsent(text: text) }
            try Label.validate(key: key)
            self = .absent(key: String(key))
            return
        }
        guard let split = text.firstIndex(of: "=") else {
            guard !text.isEmpty else { throw .emptyKey(text: text) }
            try Label.validate(key: text)
            self = .exists(key: text)
            return
        }
        let negated = text[..<split].last == "!"
        let key = negated ? text[..<split].dropLast() : text[..<split]
        let value = text[text.index(after: split)...]
        guard !key.isEmpty else { throw .emptyKey(text: text) }
        try Label.validate(key: key)
        try Label.validate(value: value, of: key)
        self =
            negated
            ? .notEquals(key: String(key), value: String(value)) : .equals(key: String(key), value: String(value))
    }

    /// The key the requirement is about.
    package var key: String {
        switch self {
        case .equals(let key, _), .notEquals(let key, _), .exists(let key), .absent(let key): key
        }
    }

    /// The form it is written in; `init(parsing:)` reads it back.
    package var text: String {
        switch self {
        case .equals(let key, let value): "\(key)=\(value)"
        case .notEquals(let key, let value): "\(key)!=\(value)"
        case .exists(let key): key
        case .absent(let key): "!\(key)"
        }
    }

    /// Whether labels meet it.
    package func matches(_ labels: [String: String]) -> Bool {
        switch self {
        case .equals(let key, let value): labels[key] == value
        case .notEquals(let key, let value): labels[key] != value
        case .exists(let key): labels[key] != nil
        case .absent(let key): labels[key] == nil
        }
    }

    /// True when no labels at all could meet both.
    func excludes(_ other: LabelRequirement) -> Bool {
        guard key == other.key else { return false }
        switch (self, other) {
        case (.equals(_, let mine), .equals(_, let theirs)): return mine != theirs
        case (.equals(_, let mine), .notEquals(_, let theirs)), (.notEquals(_, let mine), .equals(_, let theirs)):
            return mine == theirs
        case (.absent, .equals), (.equals, .absent), (.absent, .exists), (.exists, .absent): return true
        default: return false
        }
    }
}

/// A set of requirements on labels, all of which must hold; the empty selector matches everything.
///
/// Two selectors that ask the same in another order are equal: requirements are kept sorted and without repeats. On the
/// wire it is an array of strings, one requirement each.
package struct LabelSelector: Sendable, Hashable, CustomStringConvertible {
    /// What is asked, sorted by `text`, without repeats.
    package let requirements: [LabelRequirement]

    /// The selector that matches everything.
    package static let everything = LabelSelector(unchecked: [])

    /// A selector from `k=v`, `k!=v`, `k` (is there) and `!k` (is not there), one a string.
    /// Throws a `LabelError`: a malformed requirement, too many of them, or two that can never hold together.
    package init(parsing texts: [String]) throws(LabelError) {
        guard texts.count <= Label.maximumCount else { throw .tooMany(count: texts.count) }
        var parsed: [LabelRequirement] = []
        parsed.reserveCapacity(texts.count)
        for text in texts { parsed.append(try LabelRequirement(parsing: text)) }
        self.init(unchecked: parsed)
        for (index, first) in requirements.enumerated() {
            for second in requirements[(index + 1)...] where first.excludes(second) {
                throw .contradiction(first: first.text, second: second.text)
            }
        }
    }

    /// A selector that asks for exactly these pairs; other labels do not matter. The pairs are validated.
    package init(labels: [String: String]) throws(LabelError) {
        try Label.validate(labels)
        self.init(unchecked: labels.map { .equals(key: $0.key, value: $0.value) })
    }

    private init(unchecked requirements: [LabelRequirement]) {
        self.requirements = Set(requirements).sorted { $0.text < $1.text }
    }

    /// Whether it asks nothing.
    package var isEmpty: Bool { requirements.isEmpty }

    /// The requirements as they are written; `init(parsing:)` reads them back.
    package var texts: [String] { requirements.map(\.text) }

    package var description: String { texts.joined(separator: ", ") }

    /// Whether labels meet every requirement.
    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels) }
    }
}

extension LabelSelector: Codable {
    /// Reads an array of requirement strings; a bad one is a `dataCorrupted` error with the sentence of its `LabelError`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let texts = try container.decode([String].self)
        do throws(LabelError) {
            try self.init(parsing: texts)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    /// Writes the requirements as an array of strings.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(texts)
    }
}

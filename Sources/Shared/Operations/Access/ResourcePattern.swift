/// The patterns by which a grant names resources: an id or a name as it stands, or the beginning of one and a `*`.
package enum ResourcePattern {
    /// The longest pattern, in bytes.
    package static let maximumLength = 128

    /// Whether an id or a name is meant.
    package static func matches(_ pattern: String, _ name: String) -> Bool {
        guard pattern.utf8.last == UInt8(ascii: "*") else { return pattern == name }
        return name.utf8.starts(with: pattern.utf8.dropLast())
    }

    /// What is wrong with a pattern, as the end of a sentence that begins with it; nil for a good one.
    package static func fault(_ pattern: String) -> String? {
        if pattern.isEmpty { return "is empty; write an id, a name, or the beginning of one and a *" }
        if pattern.utf8.count > maximumLength { return "is longer than \(maximumLength) bytes" }
        if pattern.contains(where: \.isLabelControl) { return "holds a control character" }
        if pattern.dropLast().contains("*") { return "has a * that is not its end; db-* is all that begins with db-" }
        return nil
    }
}

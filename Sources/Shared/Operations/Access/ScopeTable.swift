/// The scopes that there are, to find one that was misspelt before it silently grants nothing.
package struct ScopeTable: Sendable {
    private let rules: [AccessRule]

    /// - Parameter rules: what the operations take that can be granted.
    package init(_ rules: [AccessRule]) {
        self.rules = rules
    }

    /// What is wrong with a scope as it is written in a grant, in a sentence; nil for a good one.
    ///
    /// - Parameter isBound: whether the grant is for some resources only, which only operations honour that name one.
    package func fault(_ pattern: String, isBound: Bool) -> String? {
        guard Self.isWellFormed(pattern) else {
            return "`\(pattern.prefix(128))` is no scope; write namespace:verb, namespace:* or *"
        }
        let grant = Grant(scopes: [pattern])
        let meant = rules.filter { grant.covers($0) }
        guard !meant.isEmpty else {
            let known = Set(rules.map(\.scope) + rules.map { Self.namespace($0.scope) + ":*" }).sorted()
            let hint = NearestName.to(pattern, among: known).map { "; did you mean `\($0)`?" } ?? ""
            return "no operation has the scope `\(pattern)`\(hint)"
        }
        guard !isBound || meant.contains(where: { $0.resource != nil }) else {
            return "`\(pattern)` names no resource, so that a grant with resources does not give it; "
                + "put it into a grant of its own"
        }
        return nil
    }

    private static func namespace(_ scope: String) -> Substring { scope.prefix { $0 != ":" } }

    private static func isWellFormed(_ pattern: String) -> Bool {
        if pattern == "*" { return true }
        let parts = pattern.split(separator: ":", omittingEmptySubsequences: false)
        return pattern.utf8.count <= 127 && parts.count == 2 && isWord(parts[0])
            && (parts[1] == "*" || isWord(parts[1]))
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

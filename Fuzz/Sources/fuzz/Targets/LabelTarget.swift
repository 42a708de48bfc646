import Operations

/// Labels and selectors, one a line, and node names and grants built of them.
enum LabelTarget {
    static let target = FuzzTarget(
        name: "labels", largest: 4096,
        words: ["!", "=", "!=", "==", "gpu", "zone", "a.b/c_d-e", "\u{E9}", "e\u{301}", "\r\n"],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let texts = bytes.split(separator: 0x0A).prefix(70).map { String(decoding: $0, as: UTF8.self) }
        switch attempt(LabelError.self, { try Label.parse(texts) }) {
        case .failure(let error): must(error.message.utf8.count < 4000, "an error is short: \(error)")
        case .success(let labels):
            must(labels.count <= Label.maximumCount, "labels are few")
            let again = attempt(LabelError.self) { try Label.parse(labels.map { "\($0.key)=\($0.value)" }) }
            guard case .success(let again) = again else { return must(false, "labels can be written: \(again)") }
            must(again == labels, "labels come back")
            must((try? Label.validate(labels)) != nil, "labels are valid")
            guard let selector = try? LabelSelector(labels: labels) else {
                return must(false, "labels can be asked for")
            }
            must(selector.matches(labels), "labels match themselves")
        }
        switch attempt(LabelError.self, { try LabelSelector(parsing: texts) }) {
        case .failure(let error): must(error.message.utf8.count < 4000, "an error is short: \(error)")
        case .success(let selector):
            let again = attempt(LabelError.self) { try LabelSelector(parsing: selector.texts) }
            guard case .success(let again) = again else { return must(false, "a selector can be written: \(again)") }
            must(again == selector, "a selector comes back")
            must(selector.matches(wanted(by: selector)), "something matches \(selector)")
        }
    }

    /// Labels that meet every requirement.
    private static func wanted(by selector: LabelSelector) -> [String: String] {
        var labels: [String: String] = [:]
        for requirement in selector.requirements {
            if case .equals(let key, let value) = requirement { labels[key] = value }
        }
        for case .exists(let key) in selector.requirements where labels[key] == nil {
            // Longer than any value that can be excluded.
            labels[key] = String(repeating: "x", count: Label.maximumValueLength + 1)
        }
        return labels
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let many = (0...64).map { "k\($0)=v" }.joined(separator: "\n")
        let long =
            String(repeating: "k", count: Label.maximumKeyLength) + "="
            + String(repeating: "v", count: Label.maximumValueLength)
        return Seeds.texts([
            "gpu=true\nzone=a", "!slow\ngpu\nzone!=b", "a=1\na!=1", "a\n!a", "=v", "a==b", many, long, long + "v",
            "a=\u{7F}",
            "k\u{E9}=v", "a=e\u{301}\na=\u{E9}",
        ])
    }
}

import CallProtocol

extension CallError {
    /// How many of several candidates are named.
    static let shownCandidates = 10

    /// `INVALID_INPUT` for a text that means several things: the first of them by name, and that there are more.
    ///
    /// - Parameters:
    ///   - words: what it does to them: `means several peers`.
    ///   - candidates: the ids, and what people call them.
    ///   - isAll: whether these are all there are; otherwise how many more is not said.
    init(ambiguous text: String, _ words: String, candidates: [(id: String, name: String)], isAll: Bool = true) {
        let shown = candidates.prefix(Self.shownCandidates)
        let rest = candidates.count - shown.count
        let more = rest == 0 ? "" : isAll ? " and \(rest) more" : " and more"
        self.init(
            .invalidInput, "`\(text)` \(words): \(shown.map(\.name).joined(separator: ", "))\(more)",
            details: ["candidates": .array(shown.map { .string($0.id) })])
    }
}

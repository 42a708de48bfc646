import Operations

/// What an import has found, for people.
struct ProviderReport {
    private let imported: ProviderImported

    init(_ imported: ProviderImported) { self.imported = imported }

    func text(coloured: Bool) -> String {
        let view = imported.provider
        var text = "\(view.name): \(CellText.line(view.title)) \(CellText.line(view.version)) (\(view.format))"
        text += imported.applied ? "\n" : ", not imported\n"
        var counts = [
            view.queries == 1 ? "1 query" : "\(view.queries) queries", Self.counted(view.mutations, "mutation"),
            Self.counted(view.subscriptions, "subscription"),
        ]
        if view.faulty > 0 { counts.append("\(view.faulty) cannot be called") }
        text +=
            "\(Self.counted(view.operations, "operation")): \(counts.joined(separator: ", ")); \(view.external) external, \(view.operations - view.external) internal\n"
        text += "at \(view.server ?? "no server of the document's own")"
        text +=
            view.credentials.isEmpty
            ? ", without a credential\n" : ", with \(view.credentials.joined(separator: ", "))\n"
        if let mapping = view.mapping {
            text += "mapping \(mapping)\(view.rents ? ", machines can be rented there" : "")\n"
        }
        if !imported.excluded.isEmpty { text += "left out: \(imported.excluded.joined(separator: ", "))\n" }
        if let diff = imported.diff, !diff.isEmpty { text += diff.words }
        return text + Self.defects(imported.defects, coloured)
    }

    /// The worst first. Notes are counted, and shown where there is nothing worse.
    static func defects(_ defects: [ProviderDefect], _ coloured: Bool) -> String {
        guard !defects.isEmpty else { return "no defects\n" }
        let counts = ["error", "warning", "note"].compactMap { severity in
            let count = defects.count { $0.severity == severity }
            return count == 0 ? nil : counted(count, severity)
        }
        var text = counts.joined(separator: ", ") + "\n"
        let shown = defects.prefix(most)
        text += Table(
            [.init("DEFECT"), .init("WHERE"), .init("WHAT")],
            rows: shown.map { defect in
                let tone: Tone = defect.severity == "error" ? .bad : defect.severity == "warning" ? .doubtful : .plain
                return [.init(defect.severity, tone), .init(defect.pointer), .init(defect.message)]
            }
        ).text(coloured: coloured)
        if defects.count > most { text += "and \(defects.count - most) more: -o json shows all\n" }
        return text
    }

    private static func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    private static let most = 40
}

extension ProviderDiff {
    var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    /// A line for each operation, in the marks of a diff.
    var words: String {
        let lines =
            added.map { "+ \($0)" } + removed.map { "- \($0)" }
            + changed.map { change in "~ \(change.name): \(change.details.joined(separator: "; "))" }
        return lines.map { CellText.line($0) + "\n" }.joined()
    }
}

import CallProtocol
import Operations

/// One operation of an API for people: what it is, its input field by field, and a call to begin with.
struct ProviderOperationText {
    let name: String
    let value: JSONValue
    let input: JSONSchema

    func text(coloured: Bool) -> String {
        var fields = FieldList()
        fields.add("operation", name)
        fields.add("kind", value["kind"]?.stringValue)
        fields.add("scope", value["scope"]?.stringValue)
        fields.add("summary", value["summary"]?.stringValue)
        var text = fields.text(coloured: coloured)
        if let description = value["description"]?.stringValue, !description.isEmpty {
            text += "\n\(CellText.lines(String(description.prefix(2_000))))\n"
        }
        let rows = rows(of: input, at: "", isNeeded: true, depth: 0)
        if rows.isEmpty {
            text += "\nIt takes no input.\n"
        } else {
            text +=
                "\n"
                + Table([.init("FIELD"), .init("TYPE"), .init("NEEDED"), .init("WHAT")], rows: rows).text(
                    coloured: coloured)
        }
        return text + "\nExample:\n  capstan call \(name)\(example)\n"
    }

    private var example: String {
        let least = SampleValue.least(input)
        guard let members = least.objectValue, !members.isEmpty else { return "" }
        return
            " '\(least.description.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }

    private static let deepest = 5
    private static let most = 200

    /// A field before those within it, as `body.gpu.id`.
    private func rows(of schema: JSONSchema, at path: String, isNeeded: Bool, depth: Int) -> [[Table.Cell]] {
        guard depth < Self.deepest else { return [] }
        var rows: [[Table.Cell]] = []
        for (named, isRequired) in properties(schema, depth: 0) {
            guard rows.count < Self.most else { break }
            let place = path.isEmpty ? named.name : "\(path).\(named.name)"
            let words = resolved(named.schema).keywords
            let isGroup = depth == 0 && !words.properties.isEmpty && named.name != "body"
            if !isGroup {
                rows.append([
                    .init(place), .init(type(named.schema)), .init(isRequired ? "yes" : "no"),
                    .init((named.schema.keywords.description ?? words.description).map(Self.short)),
                ])
            }
            rows += self.rows(of: named.schema, at: place, isNeeded: isRequired, depth: depth + 1)
            if let items = words.items {
                rows += self.rows(of: items, at: place + "[]", isNeeded: false, depth: depth + 1)
            }
        }
        return rows
    }

    /// Of the schema and of all that it consists of.
    private func properties(_ schema: JSONSchema, depth: Int) -> [(JSONSchemaKeywords.Named, Bool)] {
        guard depth < Self.deepest else { return [] }
        let words = resolved(schema).keywords
        let own = words.properties.map { ($0, words.required.contains($0.name)) }
        return (words.allOf + words.anyOf + words.oneOf).reduce(into: own) { all, branch in
            for (named, isRequired) in properties(branch, depth: depth + 1)
            where !all.contains(where: { $0.0.name == named.name }) {
                all.append((named, isRequired && words.allOf.contains(branch)))
            }
        }
    }

    private func resolved(_ schema: JSONSchema) -> JSONSchema { input.resolved(schema) }

    /// On one line, and not longer than one is read.
    private static func short(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 100 ? line.prefix(97) + "..." : line
    }

    private func type(_ schema: JSONSchema) -> String {
        let words = resolved(schema).keywords
        if words.types.isEmpty, words.enumeration == nil, words.properties.isEmpty, words.allOf.count == 1 {
            return type(words.allOf[0])
        }
        if let values = words.enumeration {
            let shown = values.prefix(6).map { $0.stringValue ?? $0.description }.joined(separator: "|")
            return values.count > 6 ? "\(shown)|..." : shown
        }
        if let constant = words.constant { return constant.stringValue ?? constant.description }
        if let items = words.items { return "list of \(type(items))" }
        var names = words.types.map(\.rawValue)
        if names.isEmpty {
            let branches = words.anyOf + words.oneOf
            names = branches.map { type($0) }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
            if names.isEmpty { names = words.properties.isEmpty && words.allOf.isEmpty ? ["any"] : ["object"] }
        }
        return names.joined(separator: "|") + (words.format.map { " (\($0))" } ?? "")
    }
}

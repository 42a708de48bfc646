/// Rows for people: aligned columns, headings in capitals, colours where they are allowed.
struct Table: Sendable {
    /// One column. Numbers stand to the right.
    struct Column: Sendable {
        var title: String
        var isNumber = false

        init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    /// One field; what is empty shows as `-`.
    struct Cell: Sendable, ExpressibleByStringLiteral {
        var text: String
        var tone: Tone

        init(_ text: String?, _ tone: Tone = .plain) {
            self.text = text.map { $0.isEmpty ? "-" : CellText.line($0) } ?? "-"
            self.tone = tone
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    var columns: [Column]
    var rows: [[Cell]]

    init(_ columns: [Column], rows: [[Cell]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The table as lines, each with its line break; nothing is padded at the end of a line.
    func text(coloured: Bool) -> String {
        let widths = columns.indices.map { index in
            rows.reduce(CellText.width(columns[index].title)) { max($0, CellText.width($1[index].text)) }
        }
        var text = line(columns.map { Cell($0.title, .heading) }, widths, coloured)
        for row in rows { text += line(row, widths, coloured) }
        return text
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ coloured: Bool) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { text += "  " }
            let padding = String(repeating: " ", count: widths[index] - CellText.width(cell.text))
            let shown = coloured ? cell.tone.applied(to: cell.text) : cell.text
            let isLast = index == cells.count - 1
            text += columns[index].isNumber ? padding + shown : shown + (isLast ? "" : padding)
        }
        return text + "\n"
    }
}

/// Pairs for people: one thing with its fields, one a line.
struct FieldList: Sendable {
    var fields: [(name: String, cell: Table.Cell)] = []

    /// Adds a field; nil is left out.
    mutating func add(_ name: String, _ value: String?, _ tone: Tone = .plain) {
        guard let value else { return }
        fields.append((name, Table.Cell(value, tone)))
    }

    func text(coloured: Bool) -> String {
        let width = fields.map { CellText.width($0.name) }.max() ?? 0
        return fields.map { field in
            let padding = String(repeating: " ", count: width - CellText.width(field.name) + 2)
            let name = coloured ? Tone.heading.applied(to: field.name) : field.name
            return name + padding + (coloured ? field.cell.tone.applied(to: field.cell.text) : field.cell.text) + "\n"
        }.joined()
    }
}

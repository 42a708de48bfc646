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
        let text: String
        let tone: Tone
        /// Columns that the text takes.
        let width: Int

        init(_ text: String?, _ tone: Tone = .plain) {
            self.text = text.map { $0.isEmpty ? "-" : CellText.line($0) } ?? "-"
            self.tone = tone
            width = CellText.width(self.text)
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
        let heading = columns.map { Cell($0.title, .heading) }
        var widths = heading.map(\.width)
        for row in rows {
            for (index, cell) in row.enumerated() where cell.width > widths[index] { widths[index] = cell.width }
        }
        var text = ""
        text.reserveCapacity((rows.count + 1) * (widths.reduce(0, +) + 2 * widths.count + 8))
        append(heading, to: &text, widths, coloured)
        for row in rows { append(row, to: &text, widths, coloured) }
        return text
    }

    private func append(_ cells: [Cell], to text: inout String, _ widths: [Int], _ coloured: Bool) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { text += "  " }
            let padding = String(repeating: " ", count: widths[index] - cell.width)
            if columns[index].isNumber { text += padding }
            text += coloured ? cell.tone.applied(to: cell.text) : cell.text
            if !columns[index].isNumber, index < cells.count - 1 { text += padding }
        }
        text += "\n"
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

import FoundationEssentials

/// The table for people and the lines for programs.
enum Report {
    static func print(_ rows: [Row]) {
        let lines = [["row", "ours", "peer", "ratio", "unit"]] + rows.map(cells)
        let widths = (0..<5).map { column in lines.map { $0[column].count }.max() ?? 0 }
        for line in lines {
            let cells = line.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return (1...3).contains(column) ? space + text : text + space
            }
            Swift.print(cells.joined(separator: "  "))
        }
    }

    /// One JSON object a row.
    static func write(_ rows: [Row], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = Data()
        for row in rows {
            data += try encoder.encode(row)
            data.append(0x0A)
        }
        try data.write(to: URL(filePath: path))
    }

    private static func cells(_ row: Row) -> [String] {
        [
            row.name, number(row.ours), row.peer.map(number) ?? "-", row.ratio.map(number) ?? "-",
            row.unit,
        ]
    }

    /// Three digits that count.
    private static func number(_ value: Double) -> String {
        let digits = abs(value) >= 100 ? 1.0 : abs(value) >= 10 ? 10.0 : abs(value) >= 1 ? 100.0 : 1_000.0
        let rounded = (value * digits).rounded() / digits
        return digits == 1 ? "\(Int(rounded))" : "\(rounded)"
    }
}

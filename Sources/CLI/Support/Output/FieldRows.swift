/// Names and values of one thing, a line each.
enum FieldRows {
    static func text(_ rows: [(name: String, value: String)]) -> String {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { name, value in
            name + String(repeating: " ", count: width + 2 - name.count) + CellText.line(value) + "\n"
        }.joined()
    }
}

/// A line at the bottom of a terminal that is drawn anew, with what is said above it. A value.
struct LiveLine: Sendable {
    private var text: String?

    private static let clearing = "\r\u{1B}[K"

    /// What is to be written so that the line shows this; nil takes it away.
    /// - Parameter columns: of the terminal: what has no room would be drawn on two lines, and could not be taken away.
    mutating func drawing(_ next: String?, columns: Int) -> String {
        let next = next.map { Self.cut($0, to: columns - 1) }
        defer { text = next }
        if text == next { return "" }
        guard let next else { return Self.clearing }
        return "\r" + next + "\u{1B}[K"
    }

    /// Whole lines, to be written above it.
    func above(_ lines: String) -> String {
        guard let text else { return lines }
        return Self.clearing + lines + text
    }

    private static func cut(_ text: String, to columns: Int) -> String {
        var (cut, width) = ("", 0)
        for character in text {
            width += CellText.width(String(character))
            if width > columns { break }
            cut.append(character)
        }
        return cut
    }
}

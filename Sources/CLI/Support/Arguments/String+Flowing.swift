extension String {
    /// A text as paragraphs, which the parser wraps to the width of the terminal: lines that follow each other become one,
    /// but for those that are indented, such as examples, and those that announce them.
    static func flowing(_ text: String) -> String {
        var lines: [String] = []
        var isOpen = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isPlain = !line.isEmpty && !line.hasPrefix(" ")
            if isPlain, isOpen, let last = lines.popLast() {
                lines.append(last + " " + line)
            } else {
                lines.append(String(line))
            }
            isOpen = isPlain
        }
        return lines.joined(separator: "\n")
    }
}

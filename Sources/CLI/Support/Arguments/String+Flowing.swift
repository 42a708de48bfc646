extension String {
    /// A text as paragraphs, which the parser wraps to the width of the terminal: lines that follow each other become one,
    /// but for those that are indented, such as examples, and those that announce them.
    static func flowing(_ text: String) -> String {
        var bytes = Array(text.utf8)
        var (start, isOpen) = (0, false)
        while true {
            let isPlain = start < bytes.count && bytes[start] != UInt8(ascii: "\n") && bytes[start] != UInt8(ascii: " ")
            if isPlain, isOpen { bytes[start - 1] = UInt8(ascii: " ") }
            isOpen = isPlain
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { break }
            start = end + 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

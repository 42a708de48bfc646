/// Replaces comments and the content of string literals by blanks, so that only code is left, on the same lines.
///
/// It follows the lexical structure of "The Swift Programming Language": nested block comments, multiline and raw strings,
/// and code inside interpolations. Regular expression literals are left as they are.
struct LiteralBlanker {
    private enum Place {
        /// Code; `depth` counts open parentheses, which matters inside an interpolation only.
        case code(depth: Int)
        case string(quotes: Int, hashes: Int)
    }

    private let text: [UInt8]
    private var at = 0
    private var result: [UInt8] = []
    /// From the outermost code to the innermost interpolation.
    private var places: [Place] = [.code(depth: 0)]

    init(_ text: String) {
        self.text = Array(text.utf8)
        result.reserveCapacity(self.text.count)
    }

    mutating func blanked() -> String {
        while at < text.count {
            switch places.last {
            case .string(let quotes, let hashes): inString(quotes: quotes, hashes: hashes)
            case .code(let depth): inCode(depth: depth)
            case nil: places = [.code(depth: 0)]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func inCode(depth: Int) {
        if has("//") {
            while at < text.count, text[at] != UInt8(ascii: "\n") { blank() }
        } else if has("/*") {
            blockComment()
        } else if let (quotes, hashes) = openingQuote() {
            keep(quotes + hashes)
            places.append(.string(quotes: quotes, hashes: hashes))
        } else if text[at] == UInt8(ascii: "(") {
            places[places.count - 1] = .code(depth: depth + 1)
            keep(1)
        } else if text[at] == UInt8(ascii: ")"), depth == 1, places.count > 1 {
            places.removeLast()
            keep(1)
        } else {
            if text[at] == UInt8(ascii: ")") { places[places.count - 1] = .code(depth: max(depth - 1, 0)) }
            keep(1)
        }
    }

    private mutating func inString(quotes: Int, hashes: Int) {
        let marks = String(repeating: "#", count: hashes)
        if has("\\" + marks + "(") {
            for _ in 0..<(hashes + 1) { blank() }
            keep(1)
            places.append(.code(depth: 1))
        } else if has("\\" + marks) {
            for _ in 0..<(hashes + 2) { blank() }
        } else if has(String(repeating: "\"", count: quotes) + marks) {
            keep(quotes + hashes)
            places.removeLast()
        } else if quotes == 1, text[at] == UInt8(ascii: "\n") {
            // Such a string cannot go over a line: what began it was none. The damage ends here.
            places.removeLast()
        } else {
            blank()
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if has("/*") {
                depth += 1
                blank()
            } else if has("*/") {
                depth -= 1
                blank()
            }
            blank()
        } while depth > 0 && at < text.count
    }

    /// A string literal that begins here: how many quotes and how many number signs delimit it.
    private func openingQuote() -> (quotes: Int, hashes: Int)? {
        guard text[at] == UInt8(ascii: "#") || text[at] == UInt8(ascii: "\"") else { return nil }
        let hashes = text[at...].prefix { $0 == UInt8(ascii: "#") }.count
        let quotes = text[(at + hashes)...].prefix { $0 == UInt8(ascii: "\"") }.count
        guard quotes > 0 else { return nil }
        return (quotes >= 3 ? 3 : 1, hashes)
    }

    private func has(_ wanted: String) -> Bool {
        var index = at
        for byte in wanted.utf8 {
            guard index < text.count, text[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private mutating func keep(_ count: Int) {
        result.append(contentsOf: text[at..<min(at + count, text.count)])
        at += count
    }

    private mutating func blank() {
        guard at < text.count else { return }
        result.append(text[at] == UInt8(ascii: "\n") ? text[at] : UInt8(ascii: " "))
        at += 1
    }
}

/// A Swift file as an architecture test reads it: by its text, with comments and string literals told from code.
struct SwiftSource {
    /// One `import` as written.
    struct Import: Hashable {
        let module: String
        /// From 1.
        let line: Int
    }

    /// The lines as they stand in the file.
    let lines: [Substring]
    /// The same lines with comments and the content of string literals blanked.
    let code: [Substring]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var blanker = LiteralBlanker(text)
        code = blanker.blanked().split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Every module imported, whatever attributes, access level or declaration kind stand in the statement.
    var imports: [Import] {
        let statement =
            #/
            ^\s* (?: @\w+ (?: \([^)]*\) )? \s+ )*
            (?: (?: public | package | internal | fileprivate | private ) \s+ )?
            import \s+ (?: (?: struct | class | enum | protocol | typealias | func | let | var | actor ) \s+ )? (\w+)
            /#
        return code.enumerated().flatMap { index, line -> [Import] in
            // Few lines have the word; the expression is for those.
            guard line.contains("import") else { return [] }
            return line.split(separator: ";").compactMap { part in
                part.firstMatch(of: statement).map { Import(module: String($0.output.1), line: index + 1) }
            }
        }
    }

    /// Lines (from 1) whose code contains `text` and whose line above is no comment that could give the reason.
    func linesWithoutReason(for text: String) -> [Int] {
        code.indices.filter { index in
            guard code[index].contains(text) else { return false }
            guard index > 0 else { return true }
            let above = lines[index - 1].drop(while: \.isWhitespace)
            return !above.hasPrefix("//") && !above.hasSuffix("*/")
        }.map { $0 + 1 }
    }
}

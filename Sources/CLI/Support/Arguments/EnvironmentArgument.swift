/// `NAME=VALUE` arguments for a program's environment.
enum EnvironmentArgument {
    /// The pairs; of a name given twice the last one counts, as in a shell.
    /// - Throws: a ``Failure`` naming what is no pair.
    static func parse(_ texts: [String], as what: String = "variable") throws -> [String: String] {
        var values: [String: String] = [:]
        for text in texts {
            guard let split = text.firstIndex(of: "="), split != text.startIndex else {
                throw Failure.misuse("`\(text)` is no \(what); write it as NAME=VALUE")
            }
            values[String(text[..<split])] = String(text[text.index(after: split)...])
        }
        return values
    }
}

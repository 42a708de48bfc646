import CallProtocol

/// A word of an expression's text, and where it begins.
struct ExpressionToken: Equatable {
    enum Kind: Equatable {
        case name(String)
        case literal(JSONValue)
        /// An operator or a bracket.
        case mark(String)
        case end
    }

    var kind: Kind
    /// Characters before it.
    var place: Int
}

/// Takes an expression's text apart.
struct ExpressionLexer {
    /// Characters of one expression, at most.
    static let longest = 4_096
    /// Words and signs of one expression, at most: its tree is no higher, and working it out goes no deeper.
    static let most = 512
    /// Longer ones first.
    private static let marks = [
        "??", "||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}",
        ".", ",", "?", ":",
    ]

    private let text: [Character]
    private var place = 0

    static func tokens(of text: String) throws(ExpressionError) -> [ExpressionToken] {
        let characters = Array(text)
        guard characters.count <= longest else { throw ExpressionError("is longer than \(longest) characters") }
        var lexer = ExpressionLexer(text: characters)
        var tokens: [ExpressionToken] = []
        repeat {
            guard tokens.count < most else { throw ExpressionError("has more than \(most) words and signs") }
            tokens.append(try lexer.next())
        } while tokens.last?.kind != .end
        return tokens
    }

    private init(text: [Character]) { self.text = text }

    private mutating func next() throws(ExpressionError) -> ExpressionToken {
        while place < text.count, text[place].isWhitespace { place += 1 }
        let start = place
        guard place < text.count else { return ExpressionToken(kind: .end, place: start) }
        let first = text[place]
        if first.isLetter || first == "_" {
            return ExpressionToken(kind: .name(take { $0.isLetter || $0.isNumber || $0 == "_" }), place: start)
        }
        if first.isNumber { return ExpressionToken(kind: .literal(try number()), place: start) }
        if first == "'" || first == "\"" { return ExpressionToken(kind: .literal(try quoted(first)), place: start) }
        for mark in Self.marks where text[place...].starts(with: mark) {
            place += mark.count
            return ExpressionToken(kind: .mark(mark), place: start)
        }
        throw ExpressionError("`\(first)` at character \(start + 1) means nothing here")
    }

    private mutating func take(while condition: (Character) -> Bool) -> String {
        let start = place
        while place < text.count, condition(text[place]) { place += 1 }
        return String(text[start..<place])
    }

    private mutating func number() throws(ExpressionError) -> JSONValue {
        let start = place
        let digits = take { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }.filter { $0 != "_" }
        if let whole = Int64(digits) { return .integer(whole) }
        if digits.last != ".", let number = Double(digits), number.isFinite { return .double(number) }
        throw ExpressionError("`\(digits.prefix(40))` at character \(start + 1) is no number")
    }

    /// A text between quotes of one kind; `\` takes the next character as it is, but for `\n` and `\t`.
    private mutating func quoted(_ quote: Character) throws(ExpressionError) -> JSONValue {
        let start = place
        var value = ""
        place += 1
        while place < text.count {
            let character = text[place]
            place += 1
            if character == quote { return .string(value) }
            guard character == "\\", place < text.count else {
                value.append(character)
                continue
            }
            value.append(text[place] == "n" ? "\n" : text[place] == "t" ? "\t" : text[place])
            place += 1
        }
        throw ExpressionError("the text that begins at character \(start + 1) does not end")
    }
}

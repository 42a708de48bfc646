import CallProtocol

/// Reads JSONPath.
struct JSONPathParser {
    private let text: [Character]
    private var place = 0
    private var depth = 0

    init(_ text: String) { self.text = Array(text) }

    mutating func path() throws(JSONPathError) -> [JSONPath.Segment] {
        guard take("$") else { throw wrong("must begin with `$`") }
        let segments = try self.segments()
        guard place == text.count else { throw wrong("something is behind it") }
        return segments
    }

    private mutating func segments() throws(JSONPathError) -> [JSONPath.Segment] {
        var segments: [JSONPath.Segment] = []
        while true {
            let before = place
            skipSpace()
            if take("..") {
                if peek == "[" {
                    segments.append(.init(selectors: try brackets(), descends: true))
                } else {
                    segments.append(.init(selectors: [try shorthand()], descends: true))
                }
            } else if take(".") {
                segments.append(.init(selectors: [try shorthand()], descends: false))
            } else if peek == "[" {
                segments.append(.init(selectors: try brackets(), descends: false))
            } else {
                place = before
                return segments
            }
        }
    }

    private mutating func shorthand() throws(JSONPathError) -> JSONPath.Selector {
        if take("*") { return .wildcard }
        var name = ""
        while let next = peek, next.isLetter || next.isNumber || next == "_" || !next.isASCII {
            name.append(next)
            place += 1
        }
        guard let first = name.first, !first.isNumber else { throw wrong("a name or `*` is needed behind the dot") }
        return .name(name)
    }

    private mutating func brackets() throws(JSONPathError) -> [JSONPath.Selector] {
        _ = take("[")
        var selectors: [JSONPath.Selector] = []
        repeat {
            skipSpace()
            selectors.append(try selector())
            skipSpace()
        } while take(",")
        guard take("]") else { throw wrong("`]` is needed") }
        return selectors
    }

    private mutating func selector() throws(JSONPathError) -> JSONPath.Selector {
        if take("*") { return .wildcard }
        if take("?") { return .filter(try disjunction()) }
        if peek == "'" || peek == "\"" { return .name(try quoted()) }
        let start = integer()
        skipSpace()
        guard take(":") else {
            guard let start else { throw wrong("a name in quotes, a number, `*` or `?` is needed") }
            return .index(start)
        }
        skipSpace()
        let end = integer()
        skipSpace()
        let step = take(":") ? integer() : nil
        return .slice(start: start, end: end, step: step ?? 1)
    }

    private mutating func disjunction() throws(JSONPathError) -> JSONPathFilter {
        depth += 1
        defer { depth -= 1 }
        guard depth < 32 else { throw wrong("it is nested too deep") }
        var filters = [try conjunction()]
        while skipping("||") { filters.append(try conjunction()) }
        return filters.count == 1 ? filters[0] : .any(filters)
    }

    private mutating func conjunction() throws(JSONPathError) -> JSONPathFilter {
        var filters = [try term()]
        while skipping("&&") { filters.append(try term()) }
        return filters.count == 1 ? filters[0] : .all(filters)
    }

    private mutating func term() throws(JSONPathError) -> JSONPathFilter {
        skipSpace()
        if peek == "!", text.indices.contains(place + 1), text[place + 1] != "=" {
            place += 1
            depth += 1
            defer { depth -= 1 }
            guard depth < 32 else { throw wrong("it is nested too deep") }
            return .not(try term())
        }
        if take("(") {
            let inner = try disjunction()
            guard skipping(")") else { throw wrong("`)` is needed") }
            return inner
        }
        let left = try operand()
        skipSpace()
        for comparison in JSONPathFilter.Comparison.allCases where take(comparison.rawValue) {
            skipSpace()
            return .compares(left, comparison, try operand())
        }
        if case .value = left { throw wrong("a value alone is no condition") }
        return .exists(left)
    }

    private mutating func operand() throws(JSONPathError) -> JSONPathFilter.Operand {
        depth += 1
        defer { depth -= 1 }
        guard depth < 32 else { throw wrong("it is nested too deep") }
        if take("@") { return .current(JSONPath(segments: try segments())) }
        if take("$") { return .root(JSONPath(segments: try segments())) }
        if peek == "'" || peek == "\"" { return .value(.string(try quoted())) }
        for (word, value) in [("true", true), ("false", false), ("null", nil)] as [(String, JSONValue)] where take(word)
        {
            return .value(value)
        }
        var number = ""
        while let next = peek, next.isASCII, next.isNumber || "+-.eE".contains(next) {
            number.append(next)
            place += 1
        }
        guard let value = YAMLScalar.value(number).doubleValue.map({ _ in YAMLScalar.value(number) }) else {
            throw wrong("a path or a value is needed; functions are not known here")
        }
        return .value(value)
    }

    private mutating func quoted() throws(JSONPathError) -> String {
        let quote = text[place]
        place += 1
        var inner = ""
        while let next = peek {
            place += 1
            if next == quote { return inner }
            guard next == "\\" else {
                inner.append(next)
                continue
            }
            guard let escaped = peek else { break }
            place += 1
            switch escaped {
            case "n": inner.append("\n")
            case "t": inner.append("\t")
            case "'", "\"", "\\", "/": inner.append(escaped)
            default: throw wrong("the escape \\\(escaped) is not known here")
            }
        }
        throw wrong("a quote is not closed")
    }

    private mutating func integer() -> Int? {
        let before = place
        var digits = take("-") ? "-" : ""
        while let next = peek, next.isASCII, next.isNumber {
            digits.append(next)
            place += 1
        }
        guard let value = Int(digits), abs(value) < 1 << 40 else {
            place = before
            return nil
        }
        return value
    }

    private var peek: Character? { text.indices.contains(place) ? text[place] : nil }

    private mutating func take(_ word: String) -> Bool {
        guard text[place...].starts(with: word) else { return false }
        place += word.count
        return true
    }

    private mutating func skipping(_ word: String) -> Bool {
        skipSpace()
        return take(word)
    }

    private mutating func skipSpace() { while peek?.isWhitespace == true { place += 1 } }

    private func wrong(_ reason: String) -> JSONPathError { JSONPathError(reason: "\(reason), at letter \(place + 1)") }
}

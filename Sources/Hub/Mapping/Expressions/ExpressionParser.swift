import CallProtocol
import Operations

/// Makes a tree of an expression's words.
struct ExpressionParser {
    /// Brackets and operators in each other, at most.
    private static let deepest = 64
    /// From what binds least to what binds most.
    private static let levels: [Set<String>] = [
        ["??"], ["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"],
    ]

    private let tokens: [ExpressionToken]
    private var place = 0
    private var depth = 0
    private(set) var names: Set<String> = []

    init(_ tokens: [ExpressionToken]) { self.tokens = tokens }

    mutating func whole() throws(ExpressionError) -> Expression.Node {
        let node = try expression()
        guard current.kind == .end else { throw unexpected("the expression should end") }
        return node
    }

    private var current: ExpressionToken { tokens[min(place, tokens.count - 1)] }

    private mutating func expression() throws(ExpressionError) -> Expression.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw ExpressionError("is deeper than \(Self.deepest) levels") }
        let condition = try operation(0)
        guard take("?") else { return condition }
        let yes = try expression()
        try need(":")
        return .choice(condition, yes, try expression())
    }

    private mutating func operation(_ level: Int) throws(ExpressionError) -> Expression.Node {
        guard level < Self.levels.count else { return try unary() }
        var left = try operation(level + 1)
        var count = 0
        while let sign = takeOperator(of: level) {
            count += 1
            guard count <= Self.deepest else { throw ExpressionError("has more than \(Self.deepest) of `\(sign)`") }
            left = .binary(sign, left, try operation(level + 1))
        }
        return left
    }

    private mutating func takeOperator(of level: Int) -> String? {
        let word: String
        switch current.kind {
        case .mark(let mark): word = mark
        case .name("in"): word = "in"
        default: return nil
        }
        guard Self.levels[level].contains(word) else { return nil }
        place += 1
        return word
    }

    private mutating func unary() throws(ExpressionError) -> Expression.Node {
        for sign in ["!", "-"] where take(sign) {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw ExpressionError("is deeper than \(Self.deepest) levels") }
            return .unary(sign, try unary())
        }
        var node = try primary()
        var count = 0
        while true {
            count += 1
            guard count <= Self.deepest else { throw ExpressionError("has a path of more than \(Self.deepest) steps") }
            if take(".") {
                guard case .name(let name) = current.kind else {
                    throw unexpected("a name should stand behind the dot")
                }
                place += 1
                node = .member(node, name)
            } else if take("[") {
                node = .element(node, try expression())
                try need("]")
            } else {
                return node
            }
        }
    }

    private mutating func primary() throws(ExpressionError) -> Expression.Node {
        let token = current
        switch token.kind {
        case .literal(let value):
            place += 1
            return .literal(value)
        case .name(let name):
            place += 1
            return try named(name, token)
        case .mark("("):
            place += 1
            let node = try expression()
            try need(")")
            return node
        case .mark("["):
            place += 1
            return .list(try list(until: "]"))
        case .mark("{"):
            place += 1
            return .object(try members())
        default: throw unexpected("a value should stand here")
        }
    }

    private mutating func named(_ name: String, _ token: ExpressionToken) throws(ExpressionError) -> Expression.Node {
        switch name {
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "null": return .literal(.null)
        case "in": throw ExpressionError("`in` at character \(token.place + 1) has nothing before it")
        default: break
        }
        if take("(") {
            let function = try ExpressionFunction(name, at: token.place)
            let arguments = try list(until: ")")
            try function.check(arguments.count)
            return .call(function, arguments)
        }
        if let unit = ExpressionUnit(rawValue: name) { return .literal(.integer(unit.value)) }
        names.insert(name)
        return .name(name)
    }

    private mutating func list(until end: String) throws(ExpressionError) -> [Expression.Node] {
        var nodes: [Expression.Node] = []
        while !take(end) {
            if !nodes.isEmpty { try need(",") }
            nodes.append(try expression())
        }
        return nodes
    }

    private mutating func members() throws(ExpressionError) -> [Expression.Pair] {
        var pairs: [Expression.Pair] = []
        while !take("}") {
            if !pairs.isEmpty { try need(",") }
            let key = try expression()
            try need(":")
            pairs.append(Expression.Pair(key: key, value: try expression()))
        }
        return pairs
    }

    private mutating func take(_ mark: String) -> Bool {
        guard current.kind == .mark(mark) else { return false }
        place += 1
        return true
    }

    private mutating func need(_ mark: String) throws(ExpressionError) {
        guard take(mark) else { throw unexpected("`\(mark)` should stand here") }
    }

    private func unexpected(_ what: String) -> ExpressionError {
        let found =
            switch current.kind {
            case .name(let name): "`\(name)`"
            case .literal(let value): "`\(String(describing: value).prefix(40))`"
            case .mark(let mark): "`\(mark)`"
            case .end: "the end"
            }
        return ExpressionError("\(what), and not \(found) at character \(current.place + 1)")
    }
}

/// Sizes in bytes and times in seconds, by their names.
enum ExpressionUnit: String {
    case KB, MB, GB, TB, KiB, MiB, GiB, TiB, minute, hour, day

    var value: Int64 {
        switch self {
        case .KB: 1_000
        case .MB: 1_000_000
        case .GB: 1_000_000_000
        case .TB: 1_000_000_000_000
        case .KiB: 1 << 10
        case .MiB: 1 << 20
        case .GiB: 1 << 30
        case .TiB: 1 << 40
        case .minute: 60
        case .hour: 3_600
        case .day: 86_400
        }
    }
}

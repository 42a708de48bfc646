import CallProtocol

/// Works out an expression's value.
struct ExpressionEvaluator {
    let names: [String: JSONValue]

    func value(_ node: Expression.Node) throws(ExpressionError) -> JSONValue {
        switch node {
        case .literal(let value): return value
        case .name(let name): return names[name] ?? .null
        case .member(let base, let name): return try value(base)[name] ?? .null
        case .element(let base, let place): return try element(value(base), value(place))
        case .list(let nodes):
            var values: [JSONValue] = []
            for node in nodes { values.append(try value(node)) }
            return .array(values)
        case .object(let pairs):
            var members = JSONObject()
            for pair in pairs {
                let value = try value(pair.value)
                // What is absent is not sent as null.
                if !value.isNull { members[try Self.text(self.value(pair.key), "a member's name")] = value }
            }
            return .object(members)
        case .unary(let sign, let operand): return try unary(sign, value(operand))
        case .binary(let sign, let left, let right): return try binary(sign, left, right)
        case .choice(let condition, let yes, let no):
            return try Self.truth(value(condition), "?") ? try value(yes) : try value(no)
        case .call(let function, let nodes):
            var arguments: [JSONValue] = []
            for node in nodes { arguments.append(try value(node)) }
            return try function.value(arguments)
        }
    }

    private func element(_ base: JSONValue, _ place: JSONValue) throws(ExpressionError) -> JSONValue {
        if case .string(let name) = place { return base[name] ?? .null }
        if place.isNull { return .null }
        guard let place = place.integerValue else {
            throw ExpressionError("an element is chosen by a number or a text, not by \(place.kind.phrase)")
        }
        return Int(exactly: place).flatMap { base[$0] } ?? .null
    }

    private func unary(_ sign: String, _ operand: JSONValue) throws(ExpressionError) -> JSONValue {
        if sign == "!" { return .bool(!(try Self.truth(operand, "!"))) }
        guard let number = try Self.number(operand, "-") else { return .null }
        return Self.json(-number)
    }

    private func binary(
        _ sign: String, _ left: Expression.Node, _ right: Expression.Node
    ) throws(ExpressionError) -> JSONValue {
        let first = try value(left)
        switch sign {
        case "??": return first.isNull ? try value(right) : first
        case "&&", "||":
            // The second is not looked at where the first decides.
            if try Self.truth(first, sign) == (sign == "||") { return .bool(sign == "||") }
            return .bool(try Self.truth(value(right), sign))
        default: break
        }
        let second = try value(right)
        switch sign {
        case "==": return .bool(first == second)
        case "!=": return .bool(first != second)
        case "in": return .bool(try ExpressionFunction.holds(second, first))
        case "<", "<=", ">", ">=": return .bool(try Self.compares(first, sign, second))
        case "+" where first.stringValue != nil && second.stringValue != nil:
            return .string((first.stringValue ?? "") + (second.stringValue ?? ""))
        case "+" where first.arrayValue != nil && second.arrayValue != nil:
            return .array((first.arrayValue ?? []) + (second.arrayValue ?? []))
        default: return try Self.arithmetic(first, sign, second)
        }
    }

    private static func arithmetic(
        _ left: JSONValue, _ sign: String, _ right: JSONValue
    ) throws(ExpressionError) -> JSONValue {
        guard let first = try number(left, sign), let second = try number(right, sign) else { return .null }
        switch sign {
        case "+": return json(first + second)
        case "-": return json(first - second)
        case "*": return json(first * second)
        case "/": return second == 0 ? .null : json(first / second)
        default: return second == 0 ? .null : json(first.truncatingRemainder(dividingBy: second))
        }
    }

    /// Numbers by their size, texts by their letters; with null nothing holds.
    private static func compares(
        _ left: JSONValue, _ sign: String, _ right: JSONValue
    ) throws(ExpressionError) -> Bool {
        if left.isNull || right.isNull { return false }
        if let first = left.stringValue, let second = right.stringValue {
            return sign == "<"
                ? first < second : sign == "<=" ? first <= second : sign == ">" ? first > second : first >= second
        }
        guard let first = try number(left, sign), let second = try number(right, sign) else { return false }
        return sign == "<"
            ? first < second : sign == "<=" ? first <= second : sign == ">" ? first > second : first >= second
    }

    // MARK: - Values

    /// Null is not true.
    static func truth(_ value: JSONValue, _ sign: String) throws(ExpressionError) -> Bool {
        if value.isNull { return false }
        guard let truth = value.boolValue else {
            throw ExpressionError("`\(sign)` takes true or false, not \(value.kind.phrase)")
        }
        return truth
    }

    /// The number that a text is, in decimal: `0x10`, `nan` and `inf` are none.
    static func decimal(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }),
            let number = Double(text),
            number.isFinite
        else { return nil }
        return number
    }

    /// Nil for null.
    static func number(_ value: JSONValue, _ sign: String) throws(ExpressionError) -> Double? {
        if value.isNull { return nil }
        if let number = value.doubleValue { return number }
        if let text = value.stringValue, let number = decimal(text) { return number }
        throw ExpressionError("`\(sign)` takes numbers, not \(value.kind.phrase)")
    }

    static func text(_ value: JSONValue, _ what: String) throws(ExpressionError) -> String {
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .double, .bool: return value.description
        default: throw ExpressionError("\(what) is a text, not \(value.kind.phrase)")
        }
    }

    /// A whole number where it is one; null beyond all numbers.
    static func json(_ number: Double) -> JSONValue {
        guard number.isFinite else { return .null }
        guard abs(number) <= 0x1p53, let whole = Int64(exactly: number) else { return .double(number) }
        return .integer(whole)
    }
}

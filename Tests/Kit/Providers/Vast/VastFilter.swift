import CallProtocol

/// Conditions on columns, as searches and listings have them: each column has operators with values.
struct VastFilter: Sendable {
    private struct Condition: Sendable {
        let column: String
        let test: String
        let value: JSONValue
    }

    private static let tests: Set<String> = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "notin"]

    private var conditions: [Condition] = []

    /// - Parameter columns: those that may be filtered by.
    init(_ members: JSONObject, columns: Set<String>) throws(VastProblem) {
        for member in members {
            guard columns.contains(member.key) else { throw Self.wrong("\(member.key) is no search key") }
            guard let tests = member.value.objectValue else { throw Self.wrong("\(member.key) has no operator") }
            for test in tests {
                let isList = ["in", "notin"].contains(test.key)
                guard Self.tests.contains(test.key), !isList || test.value.arrayValue != nil else {
                    throw Self.wrong("\(test.key) of \(member.key) is no operator with a value")
                }
                conditions.append(Condition(column: member.key, test: test.key, value: test.value))
            }
        }
    }

    /// Whether all conditions hold.
    /// - Parameter value: what a column has; nil counts as null.
    func admits(_ value: (String) -> JSONValue?) -> Bool {
        conditions.allSatisfy { condition in
            let found = value(condition.column) ?? nil
            switch condition.test {
            case "eq": return Self.isSame(found, condition.value)
            case "neq": return !Self.isSame(found, condition.value)
            case "in": return condition.value.arrayValue?.contains { Self.isSame(found, $0) } == true
            case "notin": return condition.value.arrayValue?.contains { Self.isSame(found, $0) } != true
            default:
                // Nothing is above or below null.
                guard !found.isNull, !condition.value.isNull else { return false }
                let order = Self.compare(found, condition.value)
                switch condition.test {
                case "gt": return order > 0
                case "gte": return order >= 0
                case "lt": return order < 0
                default: return order <= 0
                }
            }
        }
    }

    /// The order of two values: null, then truth, then numbers, then texts.
    static func compare(_ left: JSONValue, _ right: JSONValue) -> Int {
        switch (left, right) {
        case (.string(let one), .string(let other)): return one == other ? 0 : one < other ? -1 : 1
        default: break
        }
        if let one = number(left), let other = number(right) { return one == other ? 0 : one < other ? -1 : 1 }
        return rank(left) - rank(right)
    }

    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if left == right { return true }
        // Flags are numbers, truths or null, as columns have it.
        if right.boolValue != nil || left.boolValue != nil { return (number(left) ?? 0) == (number(right) ?? 0) }
        return false
    }

    private static func number(_ value: JSONValue) -> Double? {
        value.doubleValue ?? value.boolValue.map { $0 ? 1 : 0 }
    }

    private static func rank(_ value: JSONValue) -> Int {
        switch value {
        case .null: 0
        case .bool: 1
        case .integer, .double: 2
        case .string: 3
        case .array: 4
        case .object: 5
        }
    }

    static func wrong(_ message: String) -> VastProblem {
        VastProblem(400, "invalid_request", "wrong query: \(message)", .bare)
    }
}

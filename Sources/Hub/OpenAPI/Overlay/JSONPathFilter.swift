import CallProtocol

/// Which children are meant: `?@.name == 'x' && !@.deprecated`.
indirect enum JSONPathFilter: Sendable {
    enum Operand: Sendable {
        case value(JSONValue)
        /// From the child that is looked at.
        case current(JSONPath)
        /// From the document's root.
        case root(JSONPath)
    }

    enum Comparison: String, Sendable, CaseIterable {
        case equal = "==", unequal = "!=", atMost = "<=", atLeast = ">=", less = "<", more = ">"
    }

    case exists(Operand)
    case compares(Operand, Comparison, Operand)
    case not(JSONPathFilter)
    case all([JSONPathFilter])
    case any([JSONPathFilter])

    func holds(_ value: JSONValue, root: JSONValue) -> Bool {
        switch self {
        case .exists(let operand): !Self.values(operand, value, root).isEmpty
        case .compares(let left, let comparison, let right):
            Self.compare(Self.values(left, value, root).first, comparison, Self.values(right, value, root).first)
        case .not(let filter): !filter.holds(value, root: root)
        case .all(let filters): filters.allSatisfy { $0.holds(value, root: root) }
        case .any(let filters): filters.contains { $0.holds(value, root: root) }
        }
    }

    private static func values(_ operand: Operand, _ value: JSONValue, _ root: JSONValue) -> [JSONValue] {
        switch operand {
        case .value(let literal): [literal]
        case .current(let path): path.values(from: value, root: root)
        case .root(let path): path.values(from: root, root: root)
        }
    }

    /// Nothing is equal to nothing, and to nothing else (RFC 9535, section 2.3.5.2.2).
    private static func compare(_ left: JSONValue?, _ comparison: Comparison, _ right: JSONValue?) -> Bool {
        switch comparison {
        case .equal: return left == right
        case .unequal: return left != right
        default: break
        }
        let order: Int?
        if let left = left?.stringValue, let right = right?.stringValue {
            order = left == right ? 0 : left < right ? -1 : 1
        } else if let left, let right {
            order = left.compared(to: right)
        } else {
            order = nil
        }
        if left == right, comparison == .atMost || comparison == .atLeast { return true }
        guard let order else { return false }
        return switch comparison {
        case .less: order < 0
        case .more: order > 0
        case .atMost: order <= 0
        default: order >= 0
        }
    }
}

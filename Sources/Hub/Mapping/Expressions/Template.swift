package import CallProtocol

/// A JSON value with `${expression}` in its texts. A text that is one expression and nothing else becomes its value; in a longer one
/// each becomes text. A member or an element that comes to null is left out: what is absent is never sent as null.
package struct Template: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case literal(JSONValue)
        case expression(Expression)
        case text([Part])
        case list([Node])
        case object([Member])
    }

    enum Part: Sendable, Hashable {
        case literal(String)
        case expression(Expression)
    }

    struct Member: Sendable, Hashable {
        var key: String
        var node: Node
    }

    let root: Node
    /// The names that its expressions begin paths with.
    package let names: Set<String>

    private static let deepest = 32

    /// An object without members.
    static let empty = Template(root: .object([]), names: [])

    private init(root: Node, names: Set<String>) { (self.root, self.names) = (root, names) }

    /// - Throws: for an expression that is none, with the place in the value.
    package init(_ value: JSONValue) throws(ExpressionError) {
        var names: Set<String> = []
        root = try Self.node(value, at: "", 0, &names)
        self.names = names
    }

    /// What its expressions take from below a path of names.
    func members(of path: [String]) -> Set<String> {
        func found(_ node: Node) -> Set<String> {
            switch node {
            case .literal: []
            case .expression(let expression): expression.members(of: path)
            case .text(let parts):
                parts.reduce(into: []) { if case .expression(let one) = $1 { $0.formUnion(one.members(of: path)) } }
            case .list(let nodes): nodes.reduce(into: []) { $0.formUnion(found($1)) }
            case .object(let members): members.reduce(into: []) { $0.formUnion(found($1.node)) }
            }
        }
        return found(root)
    }

    /// - Throws: where an expression cannot be worked out.
    package func value(_ names: [String: JSONValue]) throws(ExpressionError) -> JSONValue {
        try Self.value(root, names)
    }

    private static func node(
        _ value: JSONValue, at place: String, _ depth: Int, _ names: inout Set<String>
    ) throws(ExpressionError) -> Node {
        guard depth <= deepest else { throw ExpressionError("\(place) is deeper than \(deepest) levels") }
        switch value {
        case .string(let text):
            let parts: [Part]
            do { parts = try self.parts(text) } catch {
                throw ExpressionError(place.isEmpty ? error.reason : "\(place): \(error.reason)")
            }
            for case .expression(let expression) in parts { names.formUnion(expression.names) }
            if parts.count == 1, case .expression(let expression) = parts[0] { return .expression(expression) }
            if parts.allSatisfy({ if case .literal = $0 { true } else { false } }) {
                return .literal(.string(parts.map { if case .literal(let text) = $0 { text } else { "" } }.joined()))
            }
            return .text(parts)
        case .array(let elements):
            var nodes: [Node] = []
            for (index, element) in elements.enumerated() {
                nodes.append(try node(element, at: "\(place)[\(index)]", depth + 1, &names))
            }
            return .list(nodes)
        case .object(let members):
            var nodes: [Member] = []
            for member in members {
                let path = place.isEmpty ? member.key : "\(place).\(member.key)"
                nodes.append(Member(key: member.key, node: try node(member.value, at: path, depth + 1, &names)))
            }
            return .object(nodes)
        default: return .literal(value)
        }
    }

    /// `$${` stands for `${`.
    private static func parts(_ text: String) throws(ExpressionError) -> [Part] {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let mark = rest.firstRange(of: "${") {
            literal += rest[..<mark.lowerBound]
            if literal.last == "$" {
                literal += "{"
                rest = rest[mark.upperBound...]
                continue
            }
            let (expression, end) = try expression(in: rest[mark.upperBound...])
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
            parts.append(.expression(expression))
            rest = rest[end...]
        }
        literal += rest
        return literal.isEmpty && !parts.isEmpty ? parts : parts + [.literal(literal)]
    }

    /// The expression that ends at the first `}` behind which it is one: an object in it has some of its own.
    private static func expression(
        in text: Substring
    ) throws(ExpressionError) -> (Expression, String.Index) {
        var failure = ExpressionError("`${` has no `}`")
        var from = text.startIndex
        var tries = 0
        while let end = text[from...].firstIndex(of: "}"), tries < 32 {
            tries += 1
            do {
                return (try Expression(String(text[..<end])), text.index(after: end))
            } catch { if tries == 1 { failure = error } }
            from = text.index(after: end)
        }
        throw failure
    }

    private static func value(_ node: Node, _ names: [String: JSONValue]) throws(ExpressionError) -> JSONValue {
        switch node {
        case .literal(let value): return value
        case .expression(let expression): return try expression.value(names)
        case .text(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .literal(let literal): text += literal
                case .expression(let expression):
                    let value = try expression.value(names)
                    if !value.isNull { text += try ExpressionEvaluator.text(value, "`${\(expression)}` within a text") }
                }
            }
            return .string(text)
        case .list(let nodes):
            var values: [JSONValue] = []
            for node in nodes {
                let value = try value(node, names)
                if !value.isNull { values.append(value) }
            }
            return .array(values)
        case .object(let members):
            var object = JSONObject()
            for member in members {
                let value = try value(member.node, names)
                if !value.isNull { object[member.key] = value }
            }
            return .object(object)
        }
    }
}

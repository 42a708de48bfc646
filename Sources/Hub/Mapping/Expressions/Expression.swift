package import CallProtocol

/// A small expression over JSON values: how a mapping says what of an answer means what, and what a request is made of.
///
/// Members (`pod.gpu.id`), elements (`pods[0]`), arithmetic, comparisons, `&&`, `||`, `!`, `a ? b : c`, `a ?? b`, `x in list`,
/// lists, objects, and the functions of ``ExpressionFunction``. The syntax is that of many languages (C, CEL), the rule for
/// what is missing is one: a member that is not there is null, and whatever is made of null is null. A text that is a number
/// counts as one in arithmetic, because providers give prices as texts. An expression has no loops, so that it ends.
package struct Expression: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case literal(JSONValue)
        case name(String)
        case member(Node, String)
        case element(Node, Node)
        case list([Node])
        case object([Pair])
        case unary(String, Node)
        case binary(String, Node, Node)
        case choice(Node, Node, Node)
        case call(ExpressionFunction, [Node])
    }

    struct Pair: Sendable, Hashable {
        var key: Node
        var value: Node
    }

    /// As it was written.
    package let text: String
    let root: Node
    /// The names that it begins paths with.
    package let names: Set<String>

    /// - Throws: for what is no expression, with the place.
    package init(_ text: String) throws(ExpressionError) {
        var parser = ExpressionParser(try ExpressionLexer.tokens(of: text))
        self.text = text
        root = try parser.whole()
        names = parser.names
    }

    /// The value of a name.
    init(name: String) { (text, root, names) = (name, .name(name), [name]) }

    /// What it means where its names have these values; a name that has none is null.
    /// - Throws: where a value is of a kind that an operator or a function does not take.
    package func value(_ names: [String: JSONValue]) throws(ExpressionError) -> JSONValue {
        try ExpressionEvaluator(names: names).value(root)
    }
}

extension Expression: CustomStringConvertible {
    package var description: String { text }
}

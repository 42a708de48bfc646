/// What an expression needs of the values of its names.
extension Expression {
    /// The members that it takes from below a path of names: of `offer.keep` those of `offer.keep.site` are `site`.
    func members(of path: [String]) -> Set<String> {
        var found: Set<String> = []
        Self.visit(root) { node in
            if case .member(let base, let name) = node, Self.path(base) == path { found.insert(name) }
        }
        return found
    }

    private static func path(_ node: Node) -> [String]? {
        switch node {
        case .name(let name): [name]
        case .member(let base, let name): path(base).map { $0 + [name] }
        default: nil
        }
    }

    private static func visit(_ node: Node, _ body: (Node) -> Void) {
        body(node)
        switch node {
        case .literal, .name: break
        case .member(let base, _), .unary(_, let base): visit(base, body)
        case .element(let first, let second), .binary(_, let first, let second):
            visit(first, body)
            visit(second, body)
        case .list(let nodes), .call(_, let nodes): for node in nodes { visit(node, body) }
        case .object(let pairs):
            for pair in pairs {
                visit(pair.key, body)
                visit(pair.value, body)
            }
        case .choice(let condition, let yes, let no): for node in [condition, yes, no] { visit(node, body) }
        }
    }
}

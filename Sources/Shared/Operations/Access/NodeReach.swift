/// The nodes that somebody may use for something, as the labels that such nodes have.
///
/// It is a rule and not a list: which nodes it covers is decided by their labels at the moment of asking.
package enum NodeReach: Sendable, Hashable {
    case everything
    /// The nodes that have all labels of at least one of these; of an empty list none. Sorted, without repeats.
    case labelled([[String: String]])

    /// What several label maps cover together; an empty map covers every node.
    package init(anyOf labels: [[String: String]]) {
        guard !labels.contains(where: \.isEmpty) else {
            self = .everything
            return
        }
        let distinct = Dictionary(labels.map { (Self.words($0), $0) }, uniquingKeysWith: { first, _ in first })
        self = .labelled(distinct.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Whether a node with these labels belongs to it.
    package func covers(node labels: [String: String]) -> Bool {
        switch self {
        case .everything: true
        case .labelled(let alternatives):
            alternatives.contains { wanted in wanted.allSatisfy { labels[$0.key] == $0.value } }
        }
    }

    fileprivate static func words(_ labels: [String: String]) -> String {
        labels.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    }
}

extension NodeReach: CustomStringConvertible {
    /// `site=a or gpu=yes,site=b`; for people.
    package var description: String {
        switch self {
        case .everything: "every node"
        case .labelled([]): "no node"
        case .labelled(let alternatives): alternatives.map(Self.words).joined(separator: " or ")
        }
    }
}

extension Caller {
    /// The nodes on which the caller may do what takes this rule's scope.
    package func reach(_ rule: AccessRule) -> NodeReach {
        NodeReach(anyOf: grants.filter { $0.covers(rule.scope) }.map(\.nodes))
    }
}

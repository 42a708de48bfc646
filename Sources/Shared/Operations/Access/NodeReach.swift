/// The nodes that somebody may use for something, as what the labels of such nodes are like.
///
/// It is a rule and not a list: which nodes it covers is decided by their labels at the moment of asking.
package enum NodeReach: Sendable, Hashable {
    case everything
    /// The nodes that meet at least one of these; of an empty list none. Sorted, without repeats.
    case labelled([LabelSelector])

    /// What several selectors cover together; an empty one covers every node.
    package init(anyOf selectors: [LabelSelector]) {
        guard !selectors.contains(where: \.isEmpty) else {
            self = .everything
            return
        }
        self = .labelled(Set(selectors).sorted { $0.words < $1.words })
    }

    /// Whether a node with these labels belongs to it.
    package func covers(node labels: [String: String]) -> Bool {
        switch self {
        case .everything: true
        case .labelled(let alternatives): alternatives.contains { $0.matches(labels) }
        }
    }
}

extension NodeReach: CustomStringConvertible {
    /// `site=a or gpu=yes,site=b`; for people.
    package var description: String {
        switch self {
        case .everything: "every node"
        case .labelled([]): "no node"
        case .labelled(let alternatives): alternatives.map(\.words).joined(separator: " or ")
        }
    }
}

extension LabelSelector {
    fileprivate var words: String { texts.joined(separator: ",") }
}

extension Caller {
    /// The nodes on which the caller may do what takes this rule's scope.
    package func reach(_ rule: AccessRule) -> NodeReach {
        NodeReach(anyOf: grants.filter { $0.covers(rule) }.map(\.nodes))
    }

    /// The nodes on which the caller may do what takes both rules' scopes.
    package func reach(_ rule: AccessRule, and other: AccessRule) -> NodeReach {
        let others = grants.filter { $0.covers(other) }.map(\.nodes)
        let both = grants.filter { $0.covers(rule) }.flatMap { grant in
            // Two that contradict each other have no node in common.
            others.compactMap { try? LabelSelector(parsing: grant.nodes.texts + $0.texts) }
        }
        return NodeReach(anyOf: both)
    }
}

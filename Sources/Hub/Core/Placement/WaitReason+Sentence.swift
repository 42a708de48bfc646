import Formats
import Operations

extension Placement.WaitReason {
    /// The reason in words that a person can act on; no full stop, no capital, fits after "queued: ".
    package var sentence: String {
        switch self {
        case .noNodes: "there are no nodes"
        case .noUsableNode(1, let example, let because): "the only node, \(example), \(because.predicate)"
        case .noUsableNode(let total, let example, let because):
            "none of the \(total) nodes takes work (\(example) \(because.predicate))"
        case .unmet(let requirement): "no connected node \(requirement.predicate)"
        case .unmetTogether(let all):
            "no connected node meets all of: " + all.map(\.noun).joined(separator: ", ")
        case .matchesUnavailable(1, let example, let because):
            "the only node that matches, \(example), \(because.predicate)"
        case .matchesUnavailable(let count, let example, let because):
            "\(count) nodes match, none takes work now (\(example) \(because.predicate))"
        case .pinnedUnknown(let node): "node \(node) does not exist"
        case .pinnedUnavailable(let node, let because): "node \(node) \(because.predicate)"
        case .pinnedUnmet(let node, .label(let label)): "node \(node) does not meet the label requirement \(label.text)"
        case .pinnedUnmet(let node, .permitted(let reach)):
            "node \(node) is none that its submitter may use (\(reach))"
        case .pinnedUnmet(let node, .gpuModel(let model)): "node \(node) has no GPU of model \(model)"
        case .pinnedUnmet(let node, .engine): "node \(node) has no working container engine"
        case .tooLarge(let kind, let needed, let largest, let node):
            "needs \(kind.words(needed)), the largest matching node (\(node)) has \(kind.figure(largest))"
        case .tooLargeTogether(let needed, let matching):
            "needs \(needed.words) together, "
                + (matching == 1 ? "the node that matches" : "none of the \(matching) nodes that match")
                + " has all of it"
        case .full(let kind, let needed, let most, let node, let matching):
            Self.full(matching) + ": \(kind.needs(needed)), at most \(kind.figure(most)) free (\(node))"
        case .fullTogether(let needed, let matching):
            Self.full(matching) + ": \(needed.words) are nowhere free together"
        case .reserved(let node, let workload):
            "would fit on \(node), whose room is kept for workload \(workload), which goes first"
        case .holding(let node): "\(node) is kept for it until enough running there has ended"
        case .preempting(let node, 1): "an attempt of lower priority on \(node) is being ended for it"
        case .preempting(let node, let attempts):
            "\(attempts) attempts of lower priority on \(node) are being ended for it"
        case .backoff(let until): "waits for its next try until \(RFC3339.string(until))"
        }
    }

    private static func full(_ matching: Int) -> String {
        matching == 1 ? "1 node matches and is full" : "\(matching) nodes match, all are full"
    }
}

extension Placement.Unavailability {
    /// Goes after the node's name.
    var predicate: String {
        switch self {
        case .pending: "waits for approval"
        case .disconnected: "is disconnected"
        case .offline: "is offline"
        case .draining: "is draining"
        case .drained: "is drained"
        case .refusing(let words): "takes no work for now: \(words)"
        }
    }
}

extension Placement.Requirement {
    /// Goes after "no connected node".
    fileprivate var predicate: String {
        switch self {
        case .label(.equals(let key, let value)): "has label \(key)=\(value)"
        case .label(.exists(let key)): "has a label \(key)"
        case .label(let label): "meets the label requirement \(label.text)"
        case .permitted(let reach): "is one that its submitter may use (\(reach))"
        case .gpuModel(let model): "has a GPU of model \(model)"
        case .engine: "has a working container engine"
        }
    }

    /// Stands in a list.
    fileprivate var noun: String {
        switch self {
        case .label(let label): "label \(label.text)"
        case .permitted(let reach): "nodes that its submitter may use (\(reach))"
        case .gpuModel(let model): "GPU model \(model)"
        case .engine: "container engine"
        }
    }
}

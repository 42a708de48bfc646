import Operations

extension Placement {
    /// What a demand asks of a node besides resources. Demands that ask the same share the answer.
    struct Target: Hashable {
        var selector: LabelSelector
        var reach: NodeReach
        var nodeID: String?
        var gpuModel: String?
        var needsEngine: Bool

        init(_ demand: Demand) {
            selector = demand.selector
            reach = demand.reach
            nodeID = demand.nodeID
            gpuModel = demand.gpuModel
            needsEngine = demand.needsEngine
        }

        /// The single requirements, labels first.
        var requirements: [Requirement] {
            var all = selector.requirements.map { Requirement.label($0) }
            if reach != .everything { all.append(.permitted(reach)) }
            if let gpuModel { all.append(.gpuModel(gpuModel)) }
            if needsEngine { all.append(.engine) }
            return all
        }

        /// Whether a node meets everything but pinning; its state and room are not looked at.
        func matches(_ node: Node) -> Bool { requirements.allSatisfy { $0.isMet(by: node) } }
    }

    /// What a demand asks altogether: demands with the same signature fit on the same nodes at the same moment.
    struct Signature: Hashable {
        /// Index of the target.
        var target: Int
        var need: Resources
    }
}

extension Placement.Requirement {
    /// Whether a node meets this one requirement.
    func isMet(by node: Placement.Node) -> Bool {
        switch self {
        case .label(let label): label.matches(node.labels)
        case .permitted(let reach): reach.covers(node: node.labels)
        case .gpuModel(let model): Placement.GPUModel.matches(wanted: model, actual: node.gpuModel)
        case .engine: node.hasEngine
        }
    }
}

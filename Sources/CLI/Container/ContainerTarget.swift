import ArgumentParser
import CallProtocol
import Operations

/// Where a container is: on the node that was named, or on the one node that has it.
struct NodeChoice: ParsableArguments {
    @Option(help: "The node; left out, the one that has what is named.", completion: .nodes) var node: String?

    /// The place of a container.
    ///
    /// - Parameter name: an id, a unique beginning of one, or a name.
    /// - Throws: a ``Failure`` of exit code 2 when no node has it, or several do.
    func find(_ name: String, _ connector: HubConnector, until deadline: Deadline) async throws -> ContainerPlace {
        if let node { return ContainerPlace(node: node, container: name) }
        let nodes = try await FleetNode.matching(.everything, connector, until: deadline)
        let answers = try await FleetQuery(operation: ContainerOperations.list, input: ContainerListInput(all: true))
            .run(on: nodes, connector, until: deadline)
        let all = answers.good.flatMap { answer in answer.output.containers.map { (node: answer.node, view: $0) } }
        let named = all.filter { $0.view.name == name || $0.view.id == name }
        let meant = named.isEmpty ? all.filter { $0.view.id.hasPrefix(name) } : named
        switch meant.count {
        case 1: return ContainerPlace(node: meant[0].node.id, container: meant[0].view.id)
        case 0:
            answers.tellSilent()
            throw Failure(
                ContainerError.notFound, "no node has a container `\(name)`",
                advice: "capstan container list --all shows them all")
        default:
            let places = meant.map { "\($0.view.name) on \($0.node.name)" }.joined(separator: ", ")
            throw Failure.misuse("`\(name)` may be \(places)", advice: "say which with --node")
        }
    }
}

/// A container on a node.
struct ContainerPlace: Sendable {
    let node: String
    let container: String
}

extension CompletionKind {
    static var containers: CompletionKind { .shellCommand("capstan container list --all --quiet 2>/dev/null") }
    static var images: CompletionKind { .shellCommand("capstan image list --quiet 2>/dev/null") }
}

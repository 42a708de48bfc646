import CallProtocol
import Operations

/// A node that may be asked: called by its id, which no other node can be meant by, and shown by its name.
struct FleetNode: Hashable, Sendable {
    let id: String
    let name: String

    /// The nodes that meet the selector, but for those that wait for approval or are gone.
    static func matching(
        _ selector: LabelSelector, _ connector: HubConnector, until deadline: Deadline
    ) async throws -> [FleetNode] {
        var (nodes, cursor): ([FleetNode], String?) = ([], nil)
        repeat {
            let page = try await connector.ask(
                NodeOperations.list, NodeListInput(labels: selector.texts, cursor: cursor), until: deadline)
            nodes += page.nodes.filter { $0.state != "pending" && $0.state != "removed" }
                .map { FleetNode(id: $0.id, name: $0.name) }
            cursor = page.cursor
        } while cursor != nil
        return nodes
    }
}

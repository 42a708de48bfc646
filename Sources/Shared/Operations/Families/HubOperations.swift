/// The hub itself, its tokens and its events.
package enum HubOperations {
    package static let status = Operation<Empty, HubStatus>(
        "hub/status", .query, summary: "What the hub holds and how it does")
}

package struct HubStatus: Described, Hashable {
    package var version: String
    package var fingerprint: String
    package var startedAt: String
    package var nodes: [String: Int]
    package var workloads: [String: Int]
    package var links: Int
    package var events: Int64
    package var memory: Int64?

    package init(
        version: String, fingerprint: String, startedAt: String, nodes: [String: Int], workloads: [String: Int],
        links: Int, events: Int64, memory: Int64?
    ) {
        self.version = version
        self.fingerprint = fingerprint
        self.startedAt = startedAt
        self.nodes = nodes
        self.workloads = workloads
        self.links = links
        self.events = events
        self.memory = memory
    }

    package static let schema = JSONSchema.object(
        [
            "version": .string(), "fingerprint": .string(), "startedAt": .timestamp,
            "nodes": .map(of: .integer(minimum: 0)), "workloads": .map(of: .integer(minimum: 0)),
            "links": .integer(minimum: 0), "events": .integer(minimum: 0), "memory": .bytes,
        ], required: ["version", "fingerprint", "startedAt", "nodes", "workloads", "links", "events"])
}

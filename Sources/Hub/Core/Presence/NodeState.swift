/// Where a node stands, as everybody is told.
package enum NodeState: String, Sendable, Codable, CaseIterable {
    case pending, connected, degraded, disconnected, offline, removed
}

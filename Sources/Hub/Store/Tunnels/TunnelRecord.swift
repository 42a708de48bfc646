import GRDB

/// A port of the hub, and where it leads.
package struct TunnelRecord: Codable, Sendable, Equatable {
    package var id: String
    package var label: String?
    package var project: String?
    package var nodeId: String
    /// Normalised: `tcp://HOST:PORT`.
    package var endpoint: String
    package var `protocol`: String
    package var port: Int
    /// JSON: networks in CIDR notation; nil for everybody.
    package var allowFrom: String?
    package var enabled: Bool
    /// The peer who made it.
    package var createdBy: String
    /// Unix milliseconds.
    package var createdAt: Int64

    package init(
        id: String, label: String?, project: String?, nodeId: String, endpoint: String, protocol: String, port: Int,
        allowFrom: String?, enabled: Bool = true, createdBy: String, createdAt: Int64
    ) {
        self.id = id
        self.label = label
        self.project = project
        self.nodeId = nodeId
        self.endpoint = endpoint
        self.protocol = `protocol`
        self.port = port
        self.allowFrom = allowFrom
        self.enabled = enabled
        self.createdBy = createdBy
        self.createdAt = createdAt
    }
}

extension TunnelRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "tunnels"
}

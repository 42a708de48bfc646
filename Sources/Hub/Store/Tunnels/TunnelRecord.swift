import GRDB

/// A port or a name of the hub, and where it leads.
package struct TunnelRecord: Codable, Sendable, Equatable {
    package var id: String
    package var label: String?
    package var project: String?
    package var nodeId: String
    /// Normalised: `SCHEME://HOST:PORT`.
    package var endpoint: String
    /// `tcp` or `http`.
    package var `protocol`: String
    /// Of a TCP tunnel.
    package var port: Int?
    /// Of an HTTP tunnel: the whole name, in lower case.
    package var hostname: String?
    /// JSON: networks in CIDR notation; nil for everybody.
    package var allowFrom: String?
    /// SHA-256 of the token that requests have to show, in hex; nil where they need none.
    package var bearer: String?
    package var enabled: Bool
    /// The peer who made it.
    package var createdBy: String
    /// Unix milliseconds.
    package var createdAt: Int64

    package init(
        id: String, label: String?, project: String?, nodeId: String, endpoint: String, protocol: String,
        port: Int? = nil, hostname: String? = nil, allowFrom: String?, bearer: String? = nil, enabled: Bool = true,
        createdBy: String, createdAt: Int64
    ) {
        self.id = id
        self.label = label
        self.project = project
        self.nodeId = nodeId
        self.endpoint = endpoint
        self.protocol = `protocol`
        self.port = port
        self.hostname = hostname
        self.allowFrom = allowFrom
        self.bearer = bearer
        self.enabled = enabled
        self.createdBy = createdBy
        self.createdAt = createdAt
    }
}

extension TunnelRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "tunnels"
}

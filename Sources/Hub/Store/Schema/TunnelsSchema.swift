/// Tunnels: a port of the hub each, and where it leads. The node may be gone; what it was called is found among the peers.
enum TunnelsSchema {
    static let v1 = """
        CREATE TABLE tunnels (
            id TEXT NOT NULL PRIMARY KEY,
            label TEXT,
            project TEXT,
            nodeId TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            protocol TEXT NOT NULL CHECK (protocol IN ('tcp')),
            port INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65535),
            allowFrom TEXT CHECK (allowFrom IS NULL OR json_type(allowFrom) = 'array'),
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            createdBy TEXT NOT NULL,
            createdAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tunnels_node ON tunnels (nodeId);
        """
}

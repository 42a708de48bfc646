/// Tunnels: a port or a name of the hub each, and where it leads. The node may be gone; what it was called is found among the peers.
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

    /// Names beside ports, and tokens.
    static let v2 = """
        CREATE TABLE tunnels_v2 (
            id TEXT NOT NULL PRIMARY KEY,
            label TEXT,
            project TEXT,
            nodeId TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            protocol TEXT NOT NULL CHECK (protocol IN ('tcp', 'http')),
            port INTEGER UNIQUE CHECK (port BETWEEN 1 AND 65535),
            hostname TEXT UNIQUE,
            allowFrom TEXT CHECK (allowFrom IS NULL OR json_type(allowFrom) = 'array'),
            bearer TEXT CHECK (bearer IS NULL OR length(bearer) = 64),
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            createdBy TEXT NOT NULL,
            createdAt INTEGER NOT NULL,
            CHECK ((protocol = 'tcp') = (port IS NOT NULL)),
            CHECK ((protocol = 'http') = (hostname IS NOT NULL))
        ) STRICT;
        INSERT INTO tunnels_v2 (
            id, label, project, nodeId, endpoint, protocol, port, allowFrom, enabled, createdBy, createdAt
        ) SELECT id, label, project, nodeId, endpoint, protocol, port, allowFrom, enabled, createdBy, createdAt
            FROM tunnels;
        DROP TABLE tunnels;
        ALTER TABLE tunnels_v2 RENAME TO tunnels;
        CREATE INDEX tunnels_node ON tunnels (nodeId);
        """
}

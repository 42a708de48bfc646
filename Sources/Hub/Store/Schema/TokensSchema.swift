/// Join, login and API tokens: only the hash of a secret is kept, and every use with the key that used it.
enum TokensSchema {
    static let v1 = """
        CREATE TABLE tokens (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('spoke', 'operator', 'api')),
            secretHash BLOB NOT NULL CHECK (length(secretHash) = 32),
            name TEXT,
            labels TEXT NOT NULL DEFAULT '{}' CHECK (json_type(labels) = 'object'),
            role TEXT,
            instanceId TEXT,
            approve INTEGER NOT NULL CHECK (approve IN (0, 1)),
            maxUses INTEGER NOT NULL CHECK (maxUses >= 1),
            uses INTEGER NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND maxUses),
            expiresAt INTEGER NOT NULL,
            createdAt INTEGER NOT NULL,
            createdBy TEXT NOT NULL,
            revokedAt INTEGER
        ) STRICT;
        CREATE INDEX tokens_createdAt ON tokens (createdAt);

        CREATE TABLE token_uses (
            tokenId TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
            fingerprint TEXT NOT NULL,
            peerId TEXT NOT NULL REFERENCES peers (id),
            at INTEGER NOT NULL,
            PRIMARY KEY (tokenId, fingerprint)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX token_uses_peer ON token_uses (peerId);
        """

    /// Tokens for tunnel peers.
    static let tunnels = """
        CREATE TABLE tokens_v2 (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('spoke', 'operator', 'tunnel', 'api')),
            secretHash BLOB NOT NULL CHECK (length(secretHash) = 32),
            name TEXT,
            labels TEXT NOT NULL DEFAULT '{}' CHECK (json_type(labels) = 'object'),
            role TEXT,
            instanceId TEXT,
            approve INTEGER NOT NULL CHECK (approve IN (0, 1)),
            maxUses INTEGER NOT NULL CHECK (maxUses >= 1),
            uses INTEGER NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND maxUses),
            expiresAt INTEGER NOT NULL,
            createdAt INTEGER NOT NULL,
            createdBy TEXT NOT NULL,
            revokedAt INTEGER
        ) STRICT;
        INSERT INTO tokens_v2 SELECT * FROM tokens;
        DROP TABLE tokens;
        ALTER TABLE tokens_v2 RENAME TO tokens;
        CREATE INDEX tokens_createdAt ON tokens (createdAt);
        """
}

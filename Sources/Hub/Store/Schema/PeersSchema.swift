/// Who may link: peers and their keys. A removed peer keeps its row, so that old receipts stay verifiable.
enum PeersSchema {
    static let v1 = """
        CREATE TABLE peers (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('spoke', 'operator', 'tunnel')),
            name TEXT NOT NULL CHECK (length(name) > 0),
            labels TEXT NOT NULL DEFAULT '{}' CHECK (json_type(labels) = 'object'),
            role TEXT,
            enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
            state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'removed')),
            drain TEXT NOT NULL DEFAULT 'none' CHECK (drain IN ('none', 'draining', 'drained')),
            createdAt INTEGER NOT NULL,
            lastSeenAt INTEGER,
            facts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)),
            tokenId TEXT
        ) STRICT;
        CREATE UNIQUE INDEX peers_name ON peers (kind, name) WHERE state <> 'removed';

        CREATE TABLE peer_keys (
            fingerprint TEXT NOT NULL PRIMARY KEY,
            peerId TEXT NOT NULL REFERENCES peers (id),
            spki BLOB NOT NULL,
            addedAt INTEGER NOT NULL,
            retiredAt INTEGER
        ) STRICT;
        CREATE INDEX peer_keys_peer ON peer_keys (peerId);
        """

    /// A key that was announced and not used yet has a time after which it is forgotten; a peer has one such key.
    static let rotation = """
        ALTER TABLE peer_keys ADD COLUMN expiresAt INTEGER;
        CREATE UNIQUE INDEX peer_keys_announced ON peer_keys (peerId)
        WHERE expiresAt IS NOT NULL AND retiredAt IS NULL;
        """

    /// A tunnel peer has its right from an operator, or from a token until that is over.
    static let sponsors = """
        ALTER TABLE peers ADD COLUMN sponsorId TEXT;
        ALTER TABLE peers ADD COLUMN validUntil INTEGER;
        """
}

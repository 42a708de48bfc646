/// The append-only log. AUTOINCREMENT: a cursor must never meet a number that was used before.
enum EventsSchema {
    static let v1 = """
        CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (length(kind) > 0),
            severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error', 'security')),
            actor TEXT,
            node TEXT,
            subject TEXT,
            message TEXT NOT NULL,
            data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data))
        ) STRICT;
        CREATE INDEX events_at ON events (at);
        CREATE INDEX events_node ON events (node, seq) WHERE node IS NOT NULL;
        """
}

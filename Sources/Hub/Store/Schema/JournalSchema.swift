/// How far each spoke's journal has been applied, and which of its rows, by id.
enum JournalSchema {
    static let v1 = """
        CREATE TABLE journal_cursors (
            nodeId TEXT NOT NULL PRIMARY KEY REFERENCES peers (id),
            epoch TEXT NOT NULL,
            after INTEGER NOT NULL CHECK (after >= 0)
        ) STRICT;

        CREATE TABLE journal_seen (
            nodeId TEXT NOT NULL REFERENCES peers (id),
            entryId TEXT NOT NULL,
            kind TEXT NOT NULL,
            seq INTEGER NOT NULL,
            at INTEGER NOT NULL,
            dead INTEGER NOT NULL CHECK (dead IN (0, 1)),
            payload TEXT,
            PRIMARY KEY (nodeId, entryId)
        ) STRICT;
        CREATE INDEX journal_seen_at ON journal_seen (at);
        CREATE INDEX journal_seen_dead ON journal_seen (nodeId, seq) WHERE dead = 1;
        """
}

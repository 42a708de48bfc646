import GRDB

/// The spoke's database. Migrations are only ever appended.
enum SpokeSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 journal") { db in try db.execute(sql: journal) }
        migrator.registerMigration("0002 attempts") { db in try db.execute(sql: attempts) }
        migrator.registerMigration("0003 attempts not started") { db in try db.execute(sql: notStarted) }
        migrator.registerMigration("0004 forgotten attempts") { db in try db.execute(sql: forgotten) }
        migrator.registerMigration("0005 attempts of whom") { db in try db.execute(sql: attemptOwner) }
        return migrator
    }

    /// AUTOINCREMENT, because a number must not come again after its row was acknowledged and deleted.
    private static let journal = """
        CREATE TABLE journal_state (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL,
            acknowledged INTEGER NOT NULL CHECK (acknowledged >= 0)
        ) STRICT;
        INSERT INTO journal_state (id, epoch, acknowledged) VALUES (1, lower(hex(randomblob(16))), 0);

        CREATE TABLE journal (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            payload TEXT NOT NULL CHECK (json_valid(payload))
        ) STRICT;
        """

    /// `spec` goes when an attempt ends: it may hold secrets and nobody needs it any more.
    private static let attempts = """
        CREATE TABLE attempts (
            id TEXT NOT NULL PRIMARY KEY,
            workload TEXT NOT NULL,
            generation INTEGER NOT NULL CHECK (generation >= 0),
            spec TEXT CHECK (spec IS NULL OR json_valid(spec)),
            state TEXT NOT NULL CHECK (state IN ('starting', 'running', 'succeeded', 'failed', 'cancelled')),
            cancelReason TEXT,
            exitCode INTEGER,
            signal TEXT,
            reason TEXT,
            startedAt INTEGER,
            endedAt INTEGER,
            logBytes INTEGER NOT NULL DEFAULT 0 CHECK (logBytes >= 0),
            logTruncated INTEGER NOT NULL DEFAULT 0 CHECK (logTruncated IN (0, 1)),
            receipt TEXT CHECK (receipt IS NULL OR json_valid(receipt)),
            finishedSeq INTEGER,
            acknowledgedAt INTEGER
        ) STRICT;
        CREATE INDEX attempts_active ON attempts (id) WHERE state IN ('starting', 'running');
        CREATE INDEX attempts_workload ON attempts (workload, generation);
        CREATE INDEX attempts_unacknowledged ON attempts (finishedSeq)
            WHERE finishedSeq IS NOT NULL AND acknowledgedAt IS NULL;
        CREATE INDEX attempts_acknowledged ON attempts (acknowledgedAt) WHERE acknowledgedAt IS NOT NULL;
        """

    /// Attempts that the machine could not start for reasons of its own.
    private static let notStarted = """
        ALTER TABLE attempts ADD COLUMN notStarted INTEGER NOT NULL DEFAULT 0 CHECK (notStarted IN (0, 1));
        """

    /// Who submitted the workload.
    private static let attemptOwner = "ALTER TABLE attempts ADD COLUMN owner TEXT;"

    /// Ids of attempts that were dropped, and the greatest of those that are not kept one by one.
    private static let forgotten = """
        CREATE TABLE forgotten (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE forgotten_floor (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            floor TEXT NOT NULL
        ) STRICT;
        INSERT INTO forgotten_floor (id, floor) VALUES (1, '');
        """
}

/// Workloads and their attempts. Triggers keep terminal states final whatever the code above does.
enum WorkloadsSchema {
    static let v1 = """
        CREATE TABLE workloads (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL CHECK (length(name) > 0),
            owner TEXT NOT NULL,
            spec TEXT NOT NULL CHECK (json_valid(spec)),
            state TEXT NOT NULL CHECK (state IN ('queued', 'provisioning', 'starting', 'running',
                'succeeded', 'failed', 'cancelled', 'lost')),
            priority INTEGER NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            cancelRequested INTEGER NOT NULL DEFAULT 0 CHECK (cancelRequested IN (0, 1)),
            exitCode INTEGER,
            submittedAt INTEGER NOT NULL,
            startedAt INTEGER,
            endedAt INTEGER,
            generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
            attemptsMade INTEGER NOT NULL DEFAULT 0 CHECK (attemptsMade >= 0),
            notBefore INTEGER NOT NULL DEFAULT 0,
            nodeId TEXT REFERENCES peers (id),
            CHECK ((state IN ('succeeded', 'failed', 'cancelled', 'lost')) = (endedAt IS NOT NULL))
        ) STRICT;
        CREATE INDEX workloads_state ON workloads (state, id);
        CREATE INDEX workloads_owner ON workloads (owner, state, id);
        CREATE INDEX workloads_node ON workloads (nodeId, state, id);
        CREATE INDEX workloads_name ON workloads (name, id);
        CREATE INDEX workloads_queue ON workloads (priority DESC, submittedAt, id) WHERE state = 'queued';

        CREATE TRIGGER workloads_final BEFORE UPDATE ON workloads
        WHEN OLD.endedAt IS NOT NULL AND (NEW.state <> OLD.state OR NEW.endedAt IS NOT OLD.endedAt
            OR NEW.exitCode IS NOT OLD.exitCode OR NEW.generation <> OLD.generation)
        BEGIN SELECT RAISE(ABORT, 'the state of an ended workload is final'); END;

        CREATE TABLE attempts (
            id TEXT NOT NULL PRIMARY KEY,
            workloadId TEXT NOT NULL REFERENCES workloads (id),
            number INTEGER NOT NULL CHECK (number >= 1),
            generation INTEGER NOT NULL CHECK (generation >= 1),
            nodeId TEXT NOT NULL REFERENCES peers (id),
            state TEXT NOT NULL CHECK (state IN ('assigned', 'starting', 'running',
                'succeeded', 'failed', 'cancelled', 'lost')),
            unknownSince INTEGER,
            exitCode INTEGER,
            signal INTEGER,
            reason TEXT NOT NULL DEFAULT '',
            createdAt INTEGER NOT NULL,
            startedAt INTEGER,
            endedAt INTEGER,
            logBytes INTEGER NOT NULL DEFAULT 0 CHECK (logBytes >= 0),
            logTruncated INTEGER NOT NULL DEFAULT 0 CHECK (logTruncated IN (0, 1)),
            logsCollected INTEGER NOT NULL DEFAULT 0 CHECK (logsCollected IN (0, 1)),
            receipt TEXT CHECK (receipt IS NULL OR json_valid(receipt)),
            resources TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(resources)),
            CHECK ((state IN ('succeeded', 'failed', 'cancelled', 'lost')) = (endedAt IS NOT NULL)),
            UNIQUE (workloadId, number)
        ) STRICT;
        CREATE INDEX attempts_active ON attempts (nodeId, id) WHERE endedAt IS NULL;
        CREATE INDEX attempts_uncollected ON attempts (nodeId, id) WHERE endedAt IS NOT NULL AND logsCollected = 0;
        CREATE INDEX attempts_node ON attempts (nodeId);

        CREATE TRIGGER attempts_final BEFORE UPDATE ON attempts
        WHEN OLD.endedAt IS NOT NULL AND (NEW.state <> OLD.state OR NEW.endedAt IS NOT OLD.endedAt
            OR (OLD.exitCode IS NOT NULL AND NEW.exitCode IS NOT OLD.exitCode))
        BEGIN SELECT RAISE(ABORT, 'the state of an ended attempt is final'); END;

        CREATE TRIGGER attempts_one_receipt BEFORE UPDATE OF receipt ON attempts
        WHEN OLD.receipt IS NOT NULL AND NEW.receipt IS NOT OLD.receipt
        BEGIN SELECT RAISE(ABORT, 'an attempt has one receipt'); END;
        """

    /// The nodes that a workload's submitter may use.
    static let v2 = """
        ALTER TABLE workloads ADD COLUMN reach TEXT CHECK (reach IS NULL OR json_valid(reach));
        """

    /// How many attempts a node refused before they were started.
    static let v3 = """
        ALTER TABLE workloads ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0);
        """
}

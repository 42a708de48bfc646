/// Rented machines, each from the wish for it to its proved end, and what may be spent.
///
/// What an instance is stands in `document`; beside it stands what money and lists are reckoned from.
enum InstancesSchema {
    static let v1 = """
        CREATE TABLE instances (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            provider TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('intended', 'creating', 'booting', 'enrolled', 'active', 'draining',
                'terminating', 'terminated')),
            isOpen INTEGER NOT NULL CHECK (isOpen IN (0, 1)),
            document TEXT NOT NULL CHECK (json_valid(document)),
            request TEXT NOT NULL CHECK (json_valid(request)),
            providerId TEXT,
            tokenId TEXT,
            workloadId TEXT,
            price REAL NOT NULL CHECK (price >= 0),
            currency TEXT NOT NULL,
            billedFrom INTEGER,
            billedTo INTEGER,
            createdBy TEXT NOT NULL,
            createdAt INTEGER NOT NULL,
            generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0)
        ) STRICT;
        CREATE INDEX instances_open ON instances (provider, id) WHERE isOpen = 1;
        CREATE INDEX instances_billedTo ON instances (billedTo) WHERE billedFrom IS NOT NULL;
        CREATE INDEX instances_workload ON instances (workloadId, id) WHERE workloadId IS NOT NULL;
        CREATE INDEX instances_providerId ON instances (providerId) WHERE providerId IS NOT NULL;
        CREATE INDEX instances_token ON instances (tokenId) WHERE tokenId IS NOT NULL;

        CREATE TABLE budgets (
            provider TEXT NOT NULL,
            period TEXT NOT NULL CHECK (period IN ('hour', 'day', 'month')),
            amount REAL NOT NULL CHECK (amount >= 0),
            currency TEXT NOT NULL,
            setBy TEXT NOT NULL,
            setAt INTEGER NOT NULL,
            PRIMARY KEY (provider, period)
        ) STRICT, WITHOUT ROWID;
        """

    /// Machines that are kept ready, and those that were rented for it.
    static let pools = """
        CREATE TABLE pools (
            name TEXT NOT NULL PRIMARY KEY,
            document TEXT NOT NULL CHECK (json_valid(document)),
            setBy TEXT NOT NULL,
            setAt INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE instances ADD COLUMN pool TEXT;
        CREATE INDEX instances_pool ON instances (pool, id) WHERE pool IS NOT NULL;
        """
}

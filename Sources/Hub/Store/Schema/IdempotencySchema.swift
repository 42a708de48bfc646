/// Answers already given to mutations with an idempotency key.
enum IdempotencySchema {
    static let v1 = """
        CREATE TABLE idempotency (
            peerId TEXT NOT NULL,
            operation TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'done')),
            answer BLOB,
            createdAt INTEGER NOT NULL,
            PRIMARY KEY (peerId, operation, key),
            CHECK ((state = 'done') = (answer IS NOT NULL))
        ) STRICT;
        CREATE INDEX idempotency_createdAt ON idempotency (createdAt);
        CREATE INDEX idempotency_pending ON idempotency (state) WHERE state = 'pending';
        """
}

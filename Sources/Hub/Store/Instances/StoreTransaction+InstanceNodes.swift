import Database
import GRDB

/// Instances and the nodes that they have become.
extension StoreTransaction {
    /// The instance whose spoke enrols with a token.
    package func instance(enrolledBy token: String) throws -> InstanceRecord? {
        try InstanceRecord.fetchOne(db, cached: "SELECT * FROM instances WHERE tokenId = ?", arguments: [token])
    }

    /// The instance that a node is, also once it is gone; nil for a machine of one's own.
    package func instance(ofNode id: String) throws -> InstanceRecord? {
        try InstanceRecord.fetchOne(
            db,
            cached: """
                SELECT instances.* FROM token_uses JOIN instances ON instances.tokenId = token_uses.tokenId
                WHERE token_uses.peerId = ? ORDER BY instances.id DESC LIMIT 1
                """,
            arguments: [id])
    }

    /// Whether a program has run on a node to its end.
    package func hasWorked(_ node: String) throws -> Bool {
        try Bool.fetchOne(
            db,
            cached: """
                SELECT EXISTS (
                    SELECT 1 FROM attempts WHERE nodeId = ? AND startedAt IS NOT NULL AND endedAt IS NOT NULL
                        AND state IN ('succeeded', 'failed', 'cancelled'))
                """,
            arguments: [node]) ?? false
    }

    /// Whether other workloads than this one have attempts on a node that are not over.
    package func runsOthers(_ node: String, than workload: String) throws -> Bool {
        try Bool.fetchOne(
            db,
            cached: "SELECT EXISTS (SELECT 1 FROM attempts WHERE nodeId = ? AND workloadId <> ? AND endedAt IS NULL)",
            arguments: [node, workload]) ?? false
    }

    /// When the first attempt ran on a node, unix milliseconds; nil while none has.
    ///
    /// The node's clock tells it: what that puts before the attempt was placed was then.
    package func firstExec(on node: String) throws -> Int64? {
        try Int64.fetchOne(
            db,
            cached: """
                SELECT MIN(MAX(startedAt, createdAt)) FROM attempts WHERE nodeId = ? AND startedAt IS NOT NULL
                """,
            arguments: [node])
    }
}

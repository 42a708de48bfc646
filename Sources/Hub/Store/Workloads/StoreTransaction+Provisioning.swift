import Database
import FoundationEssentials
import GRDB

/// Workloads for which a machine is being rented.
extension StoreTransaction {
    /// No workload waits longer for its next try, in milliseconds.
    private static var longestWait: Int64 { 60_000 }

    /// Takes a queued workload out of the queue, while a machine comes for it.
    /// - Returns: whether it still stood there as it was seen, and may be tried now.
    package func provision(_ workload: String, generation: Int, reason: String, at now: Int64) throws -> Bool {
        try db.execute(
            cached: """
                UPDATE workloads SET state = 'provisioning', reason = ?3
                WHERE id = ?1 AND generation = ?2 AND state = 'queued' AND cancelRequested = 0
                    AND (notBefore <= ?4 OR notBefore > ?5)
                """,
            // A time far away was written before the clock was set back.
            arguments: [workload, generation, reason, now, now + Self.longestWait])
        return changes == 1
    }

    /// Says how far its machine is.
    package func setProvisioning(_ workload: String, reason: String) throws {
        try db.execute(
            cached: "UPDATE workloads SET reason = ?2 WHERE id = ?1 AND state = 'provisioning'",
            arguments: [workload, reason])
    }

    package func provisioningWorkloads() throws -> [WorkloadRecord] {
        try WorkloadRecord.fetchAll(db, cached: "SELECT * FROM workloads WHERE state = 'provisioning' ORDER BY id")
    }

    /// The instances that were rented for a workload, oldest first.
    package func instances(for workload: String) throws -> [InstanceRecord] {
        try InstanceRecord.fetchAll(
            db, cached: "SELECT * FROM instances WHERE workloadId = ? ORDER BY id", arguments: [workload])
    }

    /// The instances that were rented for any of these workloads, oldest first.
    package func instances(forAny workloads: [String]) throws -> [InstanceRecord] {
        // One argument however many there are.
        let ids = String(decoding: try JSONEncoder().encode(workloads), as: UTF8.self)
        return try InstanceRecord.fetchAll(
            db,
            cached: "SELECT * FROM instances WHERE workloadId IN (SELECT value FROM json_each(?)) ORDER BY id",
            arguments: [ids])
    }

    /// The instance that was rented last for a workload.
    package func lastInstance(for workload: String) throws -> InstanceRecord? {
        try InstanceRecord.fetchOne(
            db, cached: "SELECT * FROM instances WHERE workloadId = ? ORDER BY id DESC LIMIT 1", arguments: [workload])
    }
}

import Database
import FoundationEssentials
import GRDB

extension StoreTransaction {
    /// Looks a claim up without taking it. Rows past their lifetime count as none.
    package func state(of claim: IdempotencyClaim) throws -> IdempotencyState {
        let row = try Row.fetchOne(
            db,
            cached: """
                SELECT fingerprint, answer FROM idempotency
                WHERE peerId = ? AND operation = ? AND key = ? AND (state = 'pending' OR createdAt > ?)
                """,
            arguments: [claim.peerId, claim.operation, claim.key, claim.at - IdempotencyClaim.lifetime])
        guard let row else { return .fresh }
        guard row["fingerprint"] == claim.fingerprint else { return .reused }
        guard let answer: Data = row["answer"] else { return .pending }
        return .done(IdempotencyAnswer(answer))
    }

    /// Looks a claim up and, when it is fresh, takes it: the row is pending until `finish` or `forget`.
    ///
    /// Whose effect is one transaction calls this, the effect and `finish` in it. A longer effect begins in one
    /// transaction and finishes in that of its last durable step.
    /// - Parameter replacingPending: the caller knows that nobody is at work with this key: a pending row is left over from
    ///   a `forget` that failed, and is dropped.
    package func begin(_ claim: IdempotencyClaim, replacingPending: Bool = false) throws -> IdempotencyState {
        if replacingPending {
            try db.execute(
                cached: "DELETE FROM idempotency WHERE peerId = ? AND operation = ? AND key = ? AND state = 'pending'",
                arguments: [claim.peerId, claim.operation, claim.key])
        }
        let state = try state(of: claim)
        guard state == .fresh else { return state }
        try db.execute(
            cached: """
                INSERT OR REPLACE INTO idempotency (peerId, operation, key, fingerprint, state, answer, createdAt)
                VALUES (?, ?, ?, ?, 'pending', NULL, ?)
                """,
            arguments: [claim.peerId, claim.operation, claim.key, claim.fingerprint, claim.at])
        return .fresh
    }

    /// Remembers the final answer of a claim that was begun.
    /// - Throws: `StoreError.notFound` when it was not, or has been answered.
    package func finish(_ claim: IdempotencyClaim, answer: IdempotencyAnswer) throws {
        try db.execute(
            cached: """
                UPDATE idempotency SET state = 'done', answer = ?
                WHERE peerId = ? AND operation = ? AND key = ? AND fingerprint = ? AND state = 'pending'
                """,
            arguments: [Data(answer), claim.peerId, claim.operation, claim.key, claim.fingerprint])
        guard changes == 1 else { throw StoreError.notFound("the idempotency key \(claim.key) in progress") }
    }

    /// Gives a claim back after an ending that is not remembered (unavailable, timeout, aborted, internal), so that
    /// the caller may try again.
    package func forget(_ claim: IdempotencyClaim) throws {
        try db.execute(
            cached: """
                DELETE FROM idempotency
                WHERE peerId = ? AND operation = ? AND key = ? AND fingerprint = ? AND state = 'pending'
                """,
            arguments: [claim.peerId, claim.operation, claim.key, claim.fingerprint])
    }

    /// Deletes at most `limit` answers past their lifetime; returns how many went, for calling again.
    @discardableResult
    package func expireIdempotency(now: Int64, limit: Int = 500) throws -> Int {
        try deleteSome(
            from: "idempotency", where: "createdAt <= ? AND state = 'done'",
            arguments: [now - IdempotencyClaim.lifetime], order: "createdAt", limit: limit)
    }

    /// Drops what a process that died had begun: nobody waits for those answers any more.
    func dropPendingIdempotency() throws {
        try db.execute(cached: "DELETE FROM idempotency WHERE state = 'pending'")
    }
}

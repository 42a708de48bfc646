import GRDB

@testable import Store

extension StoreTransaction {
    /// The peer to whom a valid key belongs; the hub asks its directory, tests the rows.
    func peer(fingerprint: String) throws -> PeerRecord? {
        try PeerRecord.fetchOne(
            db,
            sql: """
                SELECT peers.* FROM peer_keys JOIN peers ON peers.id = peer_keys.peerId
                WHERE fingerprint = ? AND retiredAt IS NULL AND state <> 'removed'
                """,
            arguments: [fingerprint])
    }
}

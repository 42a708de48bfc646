import Formats
import FoundationEssentials
import Glibc
import Link
import Store

/// Enrols many spokes at once by writing their rows into the database of a hub that does not run: what 5,000 tokens would
/// come to, in a second.
enum StormPrepare {
    /// Rows in one transaction.
    private static let batch = 1_000

    /// - Parameters:
    ///   - stateDirectory: of `hub init`.
    ///   - roster: where the spokes' keys are written for ``StormSide``.
    static func run(stateDirectory: String, roster: String, count: Int) async throws {
        let store = try HubStore(path: stateDirectory + "/hub.db")
        let now = RFC3339.now()
        let entries = (0..<count).map { number in
            StormRoster.Entry(peer: id(number), name: "storm-\(number)", key: PeerKey())
        }
        for start in stride(from: 0, to: count, by: batch) {
            let part = Array(entries[start..<min(start + batch, count)])
            try await store.write { transaction in
                for entry in part {
                    try transaction.insertPeer(
                        PeerRecord(id: entry.peer, kind: .spoke, name: entry.name, createdAt: now),
                        key: PeerKeyRecord(
                            fingerprint: entry.key.fingerprint.text, peerId: entry.peer, spki: Data(entry.key.spki),
                            addedAt: now))
                }
            }
        }
        try await store.close()
        try StormRoster(entries).write(to: roster)
    }

    /// 26 characters that sort, as the ids of peers are.
    private static func id(_ number: Int) -> String {
        let digits = String(number)
        return "01J0ST0RM" + String(repeating: "0", count: 17 - digits.count) + digits
    }
}

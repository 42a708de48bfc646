import CallProtocol
import FoundationEssentials
package import Link
package import Store

extension HubSetup {
    /// Where the next key lies from before the store names it until it takes the place of ``keyPath``.
    package var nextKeyPath: String { directory + "/hub-key.next.pem" }

    /// Makes `successor` the hub's key in the store, in one transaction, with an event.
    ///
    /// The successor has to be safe on disk at ``nextKeyPath`` before: from here on the store names it.
    /// - Parameters:
    ///   - key: the current one; it signs the successor.
    ///   - revoking: the old keys vouch for nothing any more, so whoever has pinned one of them has to join again. They
    ///     stay to verify old receipts.
    /// - Throws: ``Failure/unusable(_:)`` when `key` is not the current one any more.
    package func rotate(
        from key: PeerKey, to successor: PeerKey, revoking: Bool, in store: HubStore, at now: Int64
    ) async throws {
        let signature = Data(try key.sign(successor.spki))
        let (old, new) = (key.fingerprint.text, successor.fingerprint.text)
        let row = HubKeyRecord(
            fingerprint: new, spki: Data(successor.spki), signedBy: revoking ? nil : old,
            signature: revoking ? nil : signature, addedAt: now)
        try await store.write { transaction in
            guard try transaction.currentHubKey()?.fingerprint == old else {
                throw Failure.unusable("the hub's key \(old) was replaced meanwhile")
            }
            if revoking { try transaction.dropHubKeyStatements() }
            try transaction.addHubKey(row)
            let what = revoking ? "and the old ones were revoked: everyone has to join again" : "signed by \(old)"
            _ = try transaction.append(
                EventDraft(
                    at: now, kind: revoking ? "hub.key-revoked" : "hub.key-rotated", severity: .security,
                    message: "the hub has a new key, \(new), \(what)", data: #"{"fingerprint":"\#(new)"}"#))
        }
    }

    /// Notes which key a running hub shows, so that the tool that changed it can see that it was taken up.
    package func noteKeyInUse(_ key: PeerKey, in store: HubStore) async throws {
        let text = key.fingerprint.text
        try await store.write { try $0.setMeta(Self.keyInUse, to: text) }
    }

    /// The fingerprint that the hub noted last.
    package func keyInUse(_ store: HubStore) async throws -> String? {
        try await store.read { try $0.meta(Self.keyInUse) }
    }

    private static let keyInUse = "keyInUse"
}

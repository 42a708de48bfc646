import Link
import Synchronization

/// The keys of links that are enrolling now.
final class Enrolments: Sendable {
    private let identities = Mutex<[String: (identity: PeerIdentity, links: Int)]>([:])

    func begin(_ identity: PeerIdentity) {
        identities.withLock { all in
            all[identity.fingerprint.text] = (identity, (all[identity.fingerprint.text]?.links ?? 0) + 1)
        }
    }

    func end(_ identity: PeerIdentity) {
        identities.withLock { all in
            guard let entry = all[identity.fingerprint.text] else { return }
            all[identity.fingerprint.text] = entry.links > 1 ? (entry.identity, entry.links - 1) : nil
        }
    }

    func identity(_ fingerprint: String) -> PeerIdentity? { identities.withLock { $0[fingerprint]?.identity } }
}

package import CallProtocol
import FoundationEssentials
package import Link
package import Store
import Synchronization

/// The hub's key, and the statements by which it follows from older ones; both change at once.
package final class HubIdentity: Sendable {
    private struct State {
        var key: PeerKey
        var statements: [Hello.KeyStatement]
    }

    private let state: Mutex<State>

    init(key: PeerKey, statements: [Hello.KeyStatement]) {
        state = Mutex(State(key: key, statements: statements))
    }

    /// What the hub shows to diallers and signs receipts with.
    package var key: PeerKey { state.withLock { $0.key } }

    /// For HELLO, oldest first; empty for a key that follows from none.
    package var statements: [Hello.KeyStatement] { state.withLock { $0.statements } }

    /// From now on this is the hub's key.
    package func adopt(_ key: PeerKey, statements: [Hello.KeyStatement]) {
        state.withLock { $0 = State(key: key, statements: statements) }
    }
}

extension StoreTransaction {
    /// The chain that leads to `key`, oldest first; of one that is too long for a HELLO, its newest part.
    package func keyStatements(to key: PeerKey) throws -> [Hello.KeyStatement] {
        let chain = try hubKeyChain(to: key.fingerprint.text, limit: Hello.maximumKeyStatements)
        return zip(chain, chain.dropFirst()).compactMap { older, newer in
            newer.signature.map {
                Hello.KeyStatement(
                    oldSpki: older.spki.base64EncodedString(), newSpki: newer.spki.base64EncodedString(),
                    signature: $0.base64EncodedString())
            }
        }
    }
}

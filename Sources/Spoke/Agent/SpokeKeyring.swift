import CallProtocol
package import Daemon
package import Link
import Synchronization

/// A spoke's identity while it changes: its own key, which a next one may follow, and the hub's keys, which may be rotated.
///
/// Every change is on the disk before it is told. The next key lies in `next-key.pem` beside `key.pem` and takes its place
/// only when the hub has taken it for good, so whatever ends this process leaves a key that the hub knows.
package final class SpokeKeyring: Sendable {
    package static let nextKeyFile = "next-key.pem"

    private let directory: StateDirectory?
    private let state: Mutex<SpokeIdentity>

    /// - Parameter directory: where the identity was loaded from; nil keeps it in memory only, without a next key.
    package init(_ identity: SpokeIdentity, in directory: StateDirectory?) {
        self.directory = directory
        state = Mutex(identity)
    }

    package var identity: SpokeIdentity { state.withLock { $0 } }

    /// The key that is to follow, where one was made; read from the disk, because another process may have made it.
    /// - Throws: ``SpokeIdentityError`` for a file that is no key, `FileError`.
    package func nextKey() throws -> PeerKey? {
        guard let directory, let next = try SpokeIdentity.loadKey(directory.file(Self.nextKeyFile)) else { return nil }
        return next.fingerprint == identity.key.fingerprint ? nil : next
    }

    /// The key that is to follow, made and stored 0600 where there is none.
    package func makeNextKey() throws -> PeerKey {
        if let next = try nextKey() { return next }
        let next = PeerKey()
        if let directory { try AtomicFile.write(next.pem, to: directory.file(Self.nextKeyFile)) }
        return next
    }

    /// The next key takes the place of the old one, which is gone then.
    package func promote(_ next: PeerKey) throws {
        if let directory {
            do throws(FileError) {
                try AtomicFile.move(directory.file(Self.nextKeyFile), to: directory.file(SpokeIdentity.keyFile))
            } catch {
                guard case .notFound = error else { throw error }
                // Somebody has removed it: the hub knows no other key any more.
                try AtomicFile.write(next.pem, to: directory.file(SpokeIdentity.keyFile))
            }
        }
        state.withLock { $0.key = next }
    }

    /// Gives the next key up; the old one stays.
    package func discardNextKey() throws {
        if let directory { try AtomicFile.remove(directory.file(Self.nextKeyFile)) }
    }

    /// Trusts the hub that accepted this link by the key that it shows, in place of those it follows.
    package func trust(_ link: Link) throws {
        let pins = HubPins(Set(identity.hubFingerprints))
        guard let moved = pins.following(link.peer, statements: link.hello.keyStatements ?? []), moved != pins else {
            return
        }
        var changed = identity
        changed.hubFingerprints =
            [link.peer.fingerprint]
            + changed.hubFingerprints.filter { moved.fingerprints.contains($0) && $0 != link.peer.fingerprint }
        if let directory { try changed.saveWithoutKey(to: directory) }
        let trusted = changed.hubFingerprints
        state.withLock { $0.hubFingerprints = trusted }
    }
}

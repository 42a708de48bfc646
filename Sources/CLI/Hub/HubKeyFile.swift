import CallProtocol
import Core
import Daemon
import Link
import Store

/// The hub's key on disk. The store says which key is the hub's; `hub-key.pem` holds it, or, where a rotation was broken
/// off between the two, `hub-key.next.pem` does, which then takes its place.
struct HubKeyFile: Sendable {
    let setup: HubSetup
    /// Told of a file that others could read, once they cannot any more.
    var notice: @Sendable (String) -> Void = { StandardError.write($0 + "\n") }

    /// The key that the store names.
    /// - Throws: a ``Failure`` where neither file holds it.
    func load(_ store: HubStore) async throws -> PeerKey {
        // A rotation beside us moves the file between our two looks, but not twice.
        for _ in 1...3 {
            let current = try await store.read { try $0.currentHubKey()?.fingerprint }
            guard let key = try read(setup.keyPath) else { continue }
            guard let current, current != key.fingerprint.text else { return key }
            guard let next = try read(setup.nextKeyPath), next.fingerprint.text == current else { continue }
            do throws(FileError) {
                try AtomicFile.move(setup.nextKeyPath, to: setup.keyPath)
            } catch {
                guard case .notFound = error else { throw error }
            }
            return next
        }
        throw Failure.malformed(
            "\(setup.keyPath) is not the key that \(setup.databasePath) names",
            advice: "restore both from one backup")
    }

    /// Makes a fresh key the hub's, so that a kill at any point leaves the old one or the new one whole: first the file
    /// beside the old one, then the store in one transaction, then the file in the old one's place.
    /// - Parameter revoking: the old keys vouch for nothing any more.
    func rotate(_ store: HubStore, revoking: Bool, at now: Int64) async throws -> (old: PeerKey, new: PeerKey) {
        let (old, new) = (try await load(store), PeerKey())
        try AtomicFile.write(new.pem, to: setup.nextKeyPath)
        do {
            try await setup.rotate(from: old, to: new, revoking: revoking, in: store, at: now)
        } catch HubSetup.Failure.unusable(let reason) {
            try AtomicFile.remove(setup.nextKeyPath)
            throw Failure(.conflict, reason)
        } catch let error as StoreError {
            try AtomicFile.remove(setup.nextKeyPath)
            throw error.callError
        }
        do throws(FileError) {
            try AtomicFile.move(setup.nextKeyPath, to: setup.keyPath)
        } catch {
            // A running hub has found it first.
            guard case .notFound = error else { throw error }
        }
        return (old, new)
    }

    private func read(_ path: String) throws -> PeerKey? {
        if try SecretFile.tighten(path) { notice(SecretFile.notice(path)) }
        guard let pem = try AtomicFile.readIfPresent(path, limit: 65_536) else { return nil }
        guard let key = try? PeerKey(pem: String(decoding: pem, as: UTF8.self)) else {
            throw Failure.malformed("\(path) is no P-256 key", advice: "restore it from a backup")
        }
        return key
    }
}

import ArgumentParser
import Core
import Daemon
import Glibc
import Link
import Store
import TestKit
import Testing

@testable import capstan

@Suite("The hub's key on disk")
struct HubKeyFileTests {
    /// A hub's directory with its key and database.
    private func with(_ body: (HubKeyFile, HubStore, PeerKey) async throws -> Void) async throws {
        try await withFolder { folder in try await with(folder, body) }
    }

    private func with(
        _ folder: String, _ body: (HubKeyFile, HubStore, PeerKey) async throws -> Void
    ) async throws {
        let (setup, key) = (HubSetup(directory: folder), PeerKey())
        _ = try await setup.initialise(
            key: key, operatorKey: PeerKey(), operatorName: "admin", advertised: [], now: 1)
        try AtomicFile.write(key.pem, to: setup.keyPath)
        try HubFiles(setup: setup).takeFresh()
        let (store, _) = try await setup.open()
        do {
            try await body(HubKeyFile(setup: setup), store, key)
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }

    private func key(_ path: String) throws -> Fingerprint? {
        guard let pem = try AtomicFile.readIfPresent(path) else { return nil }
        return try PeerKey(pem: String(decoding: pem, as: UTF8.self)).fingerprint
    }

    @Test("a rotation leaves the new key alone on the disk, 0600, and the old one's statement in the store")
    func rotates() async throws {
        try await with { file, store, first in
            let (old, new) = try await file.rotate(store, revoking: false, at: 2)
            #expect(old.fingerprint == first.fingerprint)
            #expect(try key(file.setup.keyPath) == new.fingerprint)
            #expect(try key(file.setup.nextKeyPath) == nil)
            var status = stat()
            #expect(stat(file.setup.keyPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
            let statements = try await store.read { try $0.keyStatements(to: new) }
            #expect(statements.count == 1)
            let peer = PeerIdentity(fingerprint: new.fingerprint, spki: new.spki, address: "")
            #expect(HubPins([old.fingerprint]).accept(peer, statements: statements))
            #expect(try await store.read { try $0.events(after: 0).events.last?.kind } == "hub.key-rotated")
            let (_, last) = try await file.rotate(store, revoking: true, at: 3)
            #expect(try await store.read { try $0.keyStatements(to: last) }.isEmpty)
            #expect(try await store.read { try $0.events(after: 0).events.last?.kind } == "hub.key-revoked")
        }
    }

    @Test("rotate-key beside a hub that runs changes the key and nothing else of its database")
    func beside() async throws {
        try await with { file, store, old in
            let claim = IdempotencyClaim(peerId: "p", operation: "workload/submit", key: "k", fingerprint: "f", at: 1)
            #expect(try await store.write { try $0.begin(claim) } == .fresh)
            try await HubRotateKey.parse(["--state-dir", file.setup.directory, "--quiet"]).run()
            #expect(try await store.write { try $0.begin(claim) } == .pending)
            #expect(try await file.load(store).fingerprint != old.fingerprint)
        }
    }

    @Test("killed before the store names the new key, the old one is the hub's; after it, the new one is")
    func killed() async throws {
        try await with { file, store, old in
            let lost = PeerKey()
            try AtomicFile.write(lost.pem, to: file.setup.nextKeyPath)
            #expect(try await file.load(store).fingerprint == old.fingerprint)
            #expect(try key(file.setup.nextKeyPath) == lost.fingerprint, "a rotation may be under way beside us")

            let next = PeerKey()
            try AtomicFile.write(next.pem, to: file.setup.nextKeyPath)
            try await file.setup.rotate(from: old, to: next, revoking: false, in: store, at: 2)
            #expect(try await file.load(store).fingerprint == next.fingerprint)
            #expect(try key(file.setup.keyPath) == next.fingerprint)
            #expect(try key(file.setup.nextKeyPath) == nil)
            #expect(try await file.rotate(store, revoking: false, at: 3).old.fingerprint == next.fingerprint)
        }
    }

    @Test("a key that the store does not name is refused with what to do, a missing hub too")
    func foreign() async throws {
        try await with { file, store, _ in
            try AtomicFile.write(PeerKey().pem, to: file.setup.keyPath)
            await #expect(throws: Failure.self) { try await file.load(store) }
            await #expect(throws: Failure.self) { try await file.rotate(store, revoking: false, at: 2) }
            try AtomicFile.write("nonsense", to: file.setup.keyPath)
            await #expect(throws: Failure.self) { try await file.load(store) }
        }
    }
}

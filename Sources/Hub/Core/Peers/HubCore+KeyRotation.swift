import CallProtocol
import Formats
import FoundationEssentials
import Link
import Logging
import NIOCore
import Operations
import Store

/// A link with an announced key is ready.
struct KeyUse: Sendable {
    var peer: String
    var key: Fingerprint
}

/// How a peer changes its key: announced over the old one, taken by the first link with the new one, forgotten when none
/// comes in time.
extension HubCore {
    /// How long an announced key waits for its first link, in milliseconds.
    static let announcedKeyLife: Int64 = 24 * 3_600_000

    /// `peer/rotate`.
    func rotate(_ input: RotateInput, _ context: CallContext) async throws -> RotateOutput {
        guard
            let peer = directory[context.caller.peer], let old = context.caller.key.flatMap({ Fingerprint(text: $0) })
        else {
            throw CallError(.failedPrecondition, "a key is rotated by its own peer, over a link with that key")
        }
        try await settle(context.caller)
        let (spki, signature) = (Data(base64Encoded: input.newSpki), Data(base64Encoded: input.signature))
        guard let spki = spki.map(Array.init), PeerKey.isKey(spki: spki) else {
            throw CallError(.invalidInput, "newSpki is not the base64 of a P-256 key (DER SubjectPublicKeyInfo)")
        }
        let new = Fingerprint(spki: spki)
        let proof = RotateInput.proof(old: old.text, new: new.text, peer: peer.id)
        guard let signature, PeerKey.verify(Array(signature), over: proof, spki: spki) else {
            throw CallError(
                .invalidInput,
                "the signature is not the new key's over this link's key, the new key and peer \(peer.id)")
        }
        return try await announce(new, spki, of: peer, by: old)
    }

    private func announce(
        _ new: Fingerprint, _ spki: [UInt8], of peer: Peer, by old: Fingerprint
    ) async throws -> RotateOutput {
        await peerChanges.take()
        defer { peerChanges.give() }
        let now = clock.now()
        let row = PeerKeyRecord(
            fingerprint: new.text, peerId: peer.id, spki: Data(spki), addedAt: now,
            expiresAt: now + Self.announcedKeyLife)
        switch try await store.write({ try $0.announceKey(row, by: old.text, at: now) }) {
        case .announced(let row), .repeated(let row):
            let replaced = directory[peer.id]?.announced?.fingerprint
            if let announced = Peer.AnnouncedKey(row) { directory.change(peer.id) { $0.announced = announced } }
            if let replaced, !directory.holds(peer.id, replaced) {
                for link in openLinks.links(of: [replaced]) { link.dismiss(Self.replacedKey) }
            }
            events.wrote()
            return RotateOutput(
                peerId: peer.id, fingerprint: new.text,
                expiresAt: row.expiresAt.map { RFC3339.string($0) })
        case .refused(.notCurrent):
            throw CallError(.unauthenticated, "this link's key was replaced; link with the new one")
        case .refused(.taken):
            throw CallError(.conflict, "the key \(new) belongs to another peer; make a fresh one")
        case .refused(.retired):
            throw CallError(.conflict, "the key \(new) was this peer's before and was replaced; make a fresh one")
        }
    }

    /// Where the caller's key is an announced one, makes it the peer's only key before anything else is done for it:
    /// whoever got an answer may throw its old key away.
    func settle(_ caller: Caller) async throws {
        guard let key = caller.key.flatMap({ Fingerprint(text: $0) }) else { return }
        try await settle(KeyUse(peer: caller.peer, key: key))
    }

    /// The same for a link that is ready; what fails is tried again with the peer's next link or call.
    func take(_ use: KeyUse) async {
        do {
            try await settle(use)
        } catch {
            logger.error("key not taken", metadata: ["peer": .string(use.peer), "error": .string("\(error)")])
        }
    }

    private func settle(_ use: KeyUse) async throws {
        guard directory[use.peer]?.announced?.fingerprint == use.key else { return }
        await peerChanges.take()
        defer { peerChanges.give() }
        let now = clock.now()
        switch try await store.write({ try $0.useKey(use.key.text, of: use.peer, at: now) }) {
        case .held: break
        case .taken(let retired):
            directory.change(use.peer) { peer in
                peer.fingerprints = [use.key]
                peer.announced = nil
            }
            close(retired.compactMap { Fingerprint(text: $0) }, for: use.key)
            logger.notice("key rotated", metadata: ["peer": .string(use.peer), "key": .string(use.key.text)])
            events.wrote()
        case .gone:
            for link in openLinks.links(of: [use.key]) { link.dismiss(Self.replacedKey) }
            throw CallError(.unauthenticated, "the key \(use.key) was announced, but is not valid any more")
        }
    }

    /// Ends the links of old keys. Those that the process with the new key is draining itself are left to finish.
    private func close(_ old: [Fingerprint], for new: Fingerprint) {
        let instances = Set(openLinks.links(of: [new]).map(\.hello.instance))
        for link in openLinks.links(of: Set(old)) where link.farewell == nil || !instances.contains(link.hello.instance)
        {
            link.dismiss(Self.replacedKey)
        }
    }

    private static let replacedKey = GoAway(code: .unauthenticated, reason: "this key was replaced by another")

    /// Forgets announced keys that no link came with in time.
    func forgetAnnouncedKeys() async throws {
        await peerChanges.take()
        defer { peerChanges.give() }
        let now = clock.now()
        let forgotten = try await store.write { try $0.forgetAnnouncedKeys(at: now) }
        for key in forgotten {
            directory.change(key.peerId) { peer in
                if peer.announced?.fingerprint.text == key.fingerprint { peer.announced = nil }
            }
        }
        if !forgotten.isEmpty { events.wrote() }
    }
}

import CallProtocol
package import Daemon
package import Link
import NIOCore
package import Operations

/// Who this spoke is: its key, and what enrolment told it. In two files of the state directory, `key.pem` and
/// `identity.json`, both 0600 and replaced atomically.
package struct SpokeIdentity: Sendable {
    package static let keyFile = "key.pem"
    package static let identityFile = "identity.json"

    package var key: PeerKey
    package var peerId: String
    package var name: String
    /// The hub keys to trust.
    package var hubFingerprints: [Fingerprint]
    /// Where the hub is, to be tried in turn.
    package var addresses: [HostPort]

    package init(
        key: PeerKey, peerId: String, name: String, hubFingerprints: [Fingerprint], addresses: [HostPort]
    ) {
        self.key = key
        self.peerId = peerId
        self.name = name
        self.hubFingerprints = hubFingerprints
        self.addresses = addresses
    }

    /// What becomes of a token and the hub's answer to it. The token's pin is kept beside the hub's own list.
    package init(key: PeerKey, token: JoinToken, output: EnrolOutput) {
        let named = output.hubFingerprints + [token.hubFingerprint]
        var seen: Set<Fingerprint> = []
        self.init(
            key: key, peerId: output.peerId, name: output.name,
            hubFingerprints: named.compactMap { Fingerprint(text: $0) }.filter { seen.insert($0).inserted },
            addresses: token.addresses.compactMap { HostPort($0) })
    }

    /// Whether a spoke has joined from this directory already.
    package static func exists(in directory: StateDirectory) throws(FileError) -> Bool {
        try AtomicFile.readIfPresent(directory.file(identityFile)) != nil
    }

    /// The identity that was saved; nil when no spoke has joined from this directory.
    /// - Throws: ``SpokeIdentityError`` when the files are damaged, `FileError` when they cannot be read.
    package static func load(from directory: StateDirectory) throws -> SpokeIdentity? {
        guard let bytes = try AtomicFile.readIfPresent(directory.file(identityFile), limit: 65_536) else { return nil }
        guard let key = try loadKey(from: directory) else {
            throw SpokeIdentityError(path: directory.file(keyFile), reason: "it is missing")
        }
        let stored: Stored
        do {
            stored = try JSONCoding.decode(Stored.self, from: ByteBuffer(bytes: bytes))
        } catch let error as DecodingError {
            throw SpokeIdentityError(path: directory.file(identityFile), reason: JSONCoding.sentence(error))
        }
        let addresses = stored.addresses.compactMap { HostPort($0) }
        guard !stored.hubFingerprints.isEmpty, !addresses.isEmpty else {
            throw SpokeIdentityError(path: directory.file(identityFile), reason: "it names no hub")
        }
        return SpokeIdentity(
            key: key, peerId: stored.peerId, name: stored.name, hubFingerprints: stored.hubFingerprints,
            addresses: addresses)
    }

    /// The key of this directory, also before a spoke has joined from it; nil when there is none.
    /// - Throws: ``SpokeIdentityError`` for a file that is no P-256 key, `FileError` when it cannot be read.
    package static func loadKey(from directory: StateDirectory) throws -> PeerKey? {
        try loadKey(directory.file(keyFile))
    }

    static func loadKey(_ path: String) throws -> PeerKey? {
        guard let pem = try AtomicFile.readIfPresent(path, limit: 65_536) else { return nil }
        do {
            return try PeerKey(pem: String(decoding: pem, as: UTF8.self))
        } catch {
            throw SpokeIdentityError(path: path, reason: "it is no P-256 key")
        }
    }

    /// The key of this directory, made and stored when there is none: before the token is used, so that enrolling
    /// can be repeated with the same key when its answer was lost.
    package static func loadOrMakeKey(in directory: StateDirectory) throws -> PeerKey {
        if let key = try loadKey(from: directory) { return key }
        let key = PeerKey()
        try AtomicFile.write(key.pem, to: directory.file(keyFile))
        return key
    }

    /// Makes all of it durable; the identity comes last, because it is what says that a spoke has joined.
    package func save(to directory: StateDirectory) throws {
        try AtomicFile.write(key.pem, to: directory.file(Self.keyFile))
        try saveWithoutKey(to: directory)
    }

    /// Makes everything but the key durable.
    func saveWithoutKey(to directory: StateDirectory) throws {
        let stored = Stored(
            peerId: peerId, name: name, hubFingerprints: hubFingerprints, addresses: addresses.map(\.description))
        let json = try JSONCoding.encode(stored)
        try AtomicFile.write(Array(json.buffer.readableBytesView) + [0x0A], to: directory.file(Self.identityFile))
    }

    private struct Stored: Codable {
        var peerId: String
        var name: String
        var hubFingerprints: [Fingerprint]
        var addresses: [String]
    }
}

/// A file of a spoke's identity cannot be used. Without it the spoke has to be joined again.
package struct SpokeIdentityError: Error, Hashable, Sendable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String {
        "\(path) cannot be used: \(reason); join this machine again with a new token"
    }
}

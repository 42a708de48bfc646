import CallProtocol
import Daemon
import Glibc
import Link
import NIOCore

/// The contexts on disk: `contexts/NAME.json` and a key file of its own beside each, both 0600, and `current`.
struct ContextStore: Sendable {
    let directory: StateDirectory

    init(directory: StateDirectory) {
        self.directory = directory
    }

    /// The store that the environment leads to: `CAPSTAN_CONFIG_DIR`, else `$XDG_CONFIG_HOME/capstan`.
    init(environment: [String: String] = Environment.all) throws {
        self.init(directory: try StateDirectory.configuration(environment: environment))
    }

    /// The names, sorted; none where nobody has logged in yet.
    func names() -> [String] {
        Folder.names(in: directory.file("contexts")).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
            .filter(HubContext.isName).sorted()
    }

    /// The name in `current`, where there is one and its context exists.
    func current() throws -> String? {
        try marked().flatMap { has($0) ? $0 : nil }
    }

    /// The name in `current`, whether or not there is such a context.
    func marked() throws -> String? {
        guard let bytes = try AtomicFile.readIfPresent(directory.file("current"), limit: 4_096) else { return nil }
        let name = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
        return name.flatMap { HubContext.isName($0) ? $0 : nil }
    }

    /// Whether there is a context of that name.
    func has(_ name: String) -> Bool { HubContext.isName(name) && access(file(name), F_OK) == 0 }

    /// One context.
    /// - Throws: a ``Failure``: misuse where there is none of that name, malformed where its files are damaged.
    func load(_ name: String) throws -> HubContext {
        guard let context = try loadIfPresent(name) else { throw unknown(name) }
        return context
    }

    /// The same, nil where there is none of that name.
    func loadIfPresent(_ name: String) throws -> HubContext? {
        let path = file(name)
        guard HubContext.isName(name), let bytes = try AtomicFile.readIfPresent(path, limit: 65_536) else { return nil }
        let stored: Stored
        do {
            stored = try JSONCoding.decode(Stored.self, from: ByteBuffer(bytes: bytes))
        } catch let error as DecodingError {
            throw damaged(name, "\(path): \(JSONCoding.sentence(error))")
        }
        guard !stored.keyFile.contains("/") else { throw damaged(name, "\(path): keyFile is not a plain file name") }
        let keyPath = directory.file("contexts/" + stored.keyFile)
        if try SecretFile.tighten(keyPath) { StandardError.write(SecretFile.notice(keyPath) + "\n") }
        let pem = try AtomicFile.readIfPresent(keyPath, limit: 65_536)
        guard let pem, let key = try? PeerKey(pem: String(decoding: pem, as: UTF8.self)) else {
            throw damaged(name, "\(stored.keyFile) is missing or no P-256 key")
        }
        let hub = stored.hub.compactMap { HostPort($0) }
        guard !hub.isEmpty, !stored.fingerprints.isEmpty else { throw damaged(name, "\(path) names no hub") }
        return HubContext(
            name: name, hub: hub, fingerprints: stored.fingerprints, peerId: stored.peerId,
            peerName: stored.peerName, key: key)
    }

    /// Makes a context durable; one of the same name is replaced, so that a name that is not its own is asked for with
    /// ``requireFree(_:)`` or ``newName(for:)`` before. The key goes first, under a name of its own, so
    /// that the file that refers to it never refers to another.
    func save(_ context: HubContext, makeCurrent: Bool) throws {
        guard HubContext.isName(context.name) else {
            throw Failure.misuse("`\(context.name)` cannot name a context: letters, digits, '.', '_' and '-' can")
        }
        try directory.create()
        let folder = try directory.subdirectory("contexts")
        let previous = try? storedKeyFile(context.name)
        let keyFile = "\(context.name).\(Hex.random(4)).pem"
        try AtomicFile.write(context.key.pem, to: folder.file(keyFile))
        let stored = Stored(
            hub: context.hub.map(\.description), fingerprints: context.fingerprints, peerId: context.peerId,
            peerName: context.peerName, keyFile: keyFile)
        let json = try JSONCoding.value(of: stored)
        try AtomicFile.write(json.pretty() + "\n", to: file(context.name))
        if let previous { try AtomicFile.remove(folder.file(previous)) }
        if makeCurrent { try use(context.name) }
    }

    /// Trusts the hub of a context by other keys from now on; nothing else of it changes, nor does its key file move.
    func setFingerprints(_ name: String, to fingerprints: [Fingerprint]) throws {
        let bytes = try AtomicFile.read(file(name), limit: 65_536)
        var stored = try JSONCoding.decode(Stored.self, from: ByteBuffer(bytes: bytes))
        stored.fingerprints = fingerprints
        try AtomicFile.write(try JSONCoding.value(of: stored).pretty() + "\n", to: file(name))
    }

    /// Makes a context the current one.
    func use(_ name: String) throws {
        guard has(name) else { throw unknown(name) }
        try AtomicFile.write(name + "\n", to: directory.file("current"))
    }

    /// Removes a context with its key; the peer at the hub stays.
    func remove(_ name: String) throws {
        guard has(name) else { throw unknown(name) }
        let keyFile = try? storedKeyFile(name)
        if try current() == name { try AtomicFile.remove(directory.file("current")) }
        try AtomicFile.remove(file(name))
        if let keyFile { try AtomicFile.remove(directory.file("contexts/" + keyFile)) }
    }

    private func file(_ name: String) -> String { directory.file("contexts/\(name).json") }

    private func storedKeyFile(_ name: String) throws -> String? {
        let bytes = try AtomicFile.read(file(name), limit: 65_536)
        let keyFile = try JSONCoding.decode(Stored.self, from: ByteBuffer(bytes: bytes)).keyFile
        return keyFile.contains("/") ? nil : keyFile
    }

    private func unknown(_ name: String) -> Failure {
        let names = names()
        return Failure(
            .notFound, "there is no context `\(CellText.line(name))`",
            advice: names.isEmpty ? Self.howToJoin : "there are: \(names.joined(separator: ", "))")
    }

    private func damaged(_ name: String, _ reason: String) -> Failure {
        .malformed("the context `\(name)` is damaged: \(reason)", advice: "log in again: capstan login TOKEN")
    }

    static let howToJoin = "on the hub's side: capstan token create --kind operator; here: capstan login TOKEN"

    private struct Stored: Codable {
        var hub: [String]
        var fingerprints: [Fingerprint]
        var peerId: String
        var peerName: String
        var keyFile: String
    }
}

import Formats
import FoundationEssentials

/// The stored identity of the host that a state directory belongs to: `host-fingerprint.json`, 0600.
package struct HostFingerprint: Hashable, Sendable, Codable {
    package var schemaVersion: Int
    /// See ``HostIdentity/fingerprint``.
    package var fingerprint: String
    package var hostId: String
    package var stableMac: String
    /// RFC 3339.
    package var writtenAt: String

    init(_ identity: HostIdentity, at unixMilliseconds: Int64) {
        schemaVersion = 1
        fingerprint = identity.fingerprint
        hostId = identity.hostId
        stableMac = identity.stableMac
        writtenAt = RFC3339.string(unixMilliseconds)
    }
}

/// The comparison of the stored host with the present one.
package enum HostCheck: Hashable, Sendable {
    /// There was none; it is written now. The prefix of the fingerprint, for the announcement.
    case written(prefix: String)
    /// The same host as ever.
    case matched
    /// The directory was made on another host.
    case changed(stored: HostFingerprint, current: HostIdentity)
    /// The host has no id, or the file cannot be understood; nothing can be concluded. The reason, for the log.
    case unreadable(String)
}

/// The guard of a state directory against being used on two machines.
package struct HostFingerprintFile: Sendable {
    package let path: String
    private let root: String
    private let now: @Sendable () -> Int64

    /// - Parameter root: where the machine's file tree begins; a test brings its own.
    package init(
        in directory: StateDirectory, root: String = "/", now: @escaping @Sendable () -> Int64 = RFC3339.now
    ) {
        path = directory.file("host-fingerprint.json")
        self.root = root
        self.now = now
    }

    /// Compares, and writes the file when there is none yet.
    /// - Throws: ``FileError`` when the file cannot be read or written.
    package func check() throws(FileError) -> HostCheck {
        guard let current = HostIdentity.read(root: root) else { return .unreadable("this machine has no machine id") }
        guard let bytes = try AtomicFile.readIfPresent(path, limit: 65_536) else {
            try write(current)
            return .written(prefix: current.fingerprintPrefix)
        }
        guard let stored = try? JSONDecoder().decode(HostFingerprint.self, from: Data(bytes)) else {
            return .unreadable("\(path) is damaged")
        }
        return stored.fingerprint == current.fingerprint ? .matched : .changed(stored: stored, current: current)
    }

    /// Makes the present host the one that the directory belongs to; nil when the host has no id.
    /// - Throws: ``FileError`` when the file cannot be written.
    @discardableResult
    package func accept() throws(FileError) -> HostIdentity? {
        guard let current = HostIdentity.read(root: root) else { return nil }
        try write(current)
        return current
    }

    private func write(_ identity: HostIdentity) throws(FileError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(HostFingerprint(identity, at: now())) else {
            throw .failed(path, operation: "encode", errno: 0)
        }
        try AtomicFile.write(Array(json) + [UInt8(ascii: "\n")], to: path)
    }
}

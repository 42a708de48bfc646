import Crypto
import FoundationEssentials
import Link

/// The simulated spokes of a storm as a file: a line `PEER NAME KEY` each, the key's 32 bytes in base64.
struct StormRoster {
    struct Entry {
        var peer: String
        var name: String
        var key: PeerKey
    }

    var entries: [Entry]

    init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// - Throws: ``Unreadable`` for a line that is no entry; the system's error for a file that cannot be read.
    init(path: String) throws {
        entries = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(Self.entry)
    }

    func write(to path: String) throws {
        let lines = entries.map {
            "\($0.peer) \($0.name) \($0.key.privateKey.rawRepresentation.base64EncodedString())\n"
        }
        try Data(lines.joined().utf8).write(to: URL(filePath: path))
    }

    private static func entry(_ line: Substring) throws -> Entry {
        let parts = line.split(separator: " ")
        guard parts.count == 3, let raw = Data(base64Encoded: String(parts[2])) else { throw Unreadable() }
        let key = try P256.Signing.PrivateKey(rawRepresentation: raw)
        return Entry(peer: String(parts[0]), name: String(parts[1]), key: try PeerKey(pem: key.pemRepresentation))
    }

    struct Unreadable: Error {}
}

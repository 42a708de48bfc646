import Agent
import Core
import Daemon
import Glibc
import Link
import TestKit
import Testing

@testable import capstan

@Suite("Keys that others may read")
struct KeyModeTests {
    private static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("A context's key is made its owner's alone when it is used")
    func context() async throws {
        try await withFolder { folder in
            let store = ContextStore(directory: StateDirectory(path: folder))
            let context = HubContext(
                name: "a", hub: [HostPort(host: "h", port: 1)], fingerprints: [PeerKey().fingerprint], peerId: "p",
                peerName: "n", key: PeerKey())
            try store.save(context, makeCurrent: true)
            let key = try #require(glob(folder + "/contexts"))
            try #require(chmod(key, 0o644) == 0)
            #expect(try store.load("a").key.fingerprint == context.key.fingerprint)
            #expect(Self.mode(key) == 0o600)
        }
    }

    @Test("A spoke's keys are, and each is told of once")
    func spoke() async throws {
        try await withFolder { folder in
            let files = SpokeFiles(directory: StateDirectory(path: folder))
            var notices: [String] = []
            try files.tightenKeys { notices.append($0) }
            #expect(notices.isEmpty)
            for name in [SpokeIdentity.keyFile, SpokeKeyring.nextKeyFile] {
                try AtomicFile.write(PeerKey().pem, to: folder + "/" + name, mode: 0o640)
            }
            try files.tightenKeys { notices.append($0) }
            try files.tightenKeys { notices.append($0) }
            #expect(notices.count == 2 && notices.allSatisfy { $0.contains(".pem could be read by others") })
            #expect(Self.mode(folder + "/" + SpokeIdentity.keyFile) == 0o600)
        }
    }

    /// The one key file in a folder.
    private func glob(_ folder: String) -> String? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".pem") { return folder + "/" + name }
        }
        return nil
    }
}

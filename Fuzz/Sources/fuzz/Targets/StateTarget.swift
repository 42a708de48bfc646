import CallProtocol
import Daemon
import Glibc
import Link

@testable import Agent
@testable import capstan

/// The files of a state directory as a disk, or a person, may have left them.
enum StateTarget {
    static let target = FuzzTarget(
        name: "state",
        words: Seeds.jsonWords + [
            "\"peerId\":", "\"name\":", "\"hubFingerprints\":[", "\"addresses\":[", "\"hub\":[", "\"fingerprints\":[",
            "\"peerName\":",
            "\"keyFile\":", "\"key.pem\"", "sha256:", ":7443",
        ],
        seeds: seeds, run: run)

    private static let directory: StateDirectory = {
        var name = Array("/dev/shm/capstan-fuzz-state-XXXXXX".utf8CString)
        must(mkdtemp(&name) != nil, "there is memory for a folder")
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = StateDirectory(path: path)
        must(mkdir(directory.file("contexts"), 0o700) == 0, "a folder can be made")
        for file in ["key.pem", "contexts/key.pem"] { write(Array(PeerKey().pem.utf8), directory.file(file)) }
        return directory
    }()

    @Sendable private static func run(_ bytes: [UInt8]) {
        write(bytes, directory.file(SpokeIdentity.identityFile))
        if let identity = read(SpokeIdentityError.self, { try SpokeIdentity.load(from: directory) }) {
            must(!identity.addresses.isEmpty && !identity.hubFingerprints.isEmpty, "an identity leads to a hub")
            must((try? identity.saveWithoutKey(to: directory)) != nil, "an identity can be saved")
            guard let again = read(SpokeIdentityError.self, { try SpokeIdentity.load(from: directory) }) else {
                return must(false, "\(identity) can be loaded")
            }
            must(again.addresses == identity.addresses && again.name == identity.name, "an identity comes back")
        }
        write(bytes, directory.file("contexts/a.json"))
        write(bytes, directory.file("current"))
        let store = ContextStore(directory: directory)
        if let context = read(Failure.self, { try store.loadIfPresent("a") }) {
            must(!context.hub.isEmpty && !context.fingerprints.isEmpty, "a context leads to a hub")
            must(HubContext.isName(store.newName(for: context)), "a context can be named")
        }
        if let name = read(Failure.self, { try store.marked() }) { must(HubContext.isName(name), "a mark is a name") }
        write(bytes, directory.file(SpokeStatusFile.name))
        _ = try? SpokeStatusFile.read(directory)
    }

    /// A file is read or refused by its own error; that the system refuses does not happen here.
    private static func read<Value, Failure: Error>(_ error: Failure.Type, _ body: () throws -> Value?) -> Value? {
        if case .success(let value) = attempt(error, body) { value } else { nil }
    }

    private static func write(_ bytes: [UInt8], _ path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        must(
            file >= 0 && Glibc.write(file, bytes, bytes.count) == bytes.count && close(file) == 0, "\(path) is written")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let fingerprint = "sha256:" + String(repeating: "0f", count: 32)
        return Seeds.texts([
            "{\"peerId\":\"p\",\"name\":\"n\",\"hubFingerprints\":[\"\(fingerprint)\"],\"addresses\":[\"hub:7443\",\"[::1]:1\"]}",
            "{\"hub\":[\"hub:7443\"],\"fingerprints\":[\"\(fingerprint)\"],\"peerId\":\"p\",\"peerName\":\"a\",\"keyFile\":\"key.pem\"}",
            "{\"hub\":[],\"fingerprints\":[],\"peerId\":\"\",\"peerName\":\"\",\"keyFile\":\"../key.pem\"}", "a\n",
            "../x",
            "{\"link\":\"connected\",\"rotation\":{\"state\":\"done\"}}",
        ])
    }
}

import Daemon
import FoundationEssentials
import Glibc
import Link
import Testing

@testable import capstan

@Suite("Contexts on disk")
struct ContextStoreTests {
    /// A store in a folder of its own, removed afterwards.
    static func with(_ body: (ContextStore, String) throws -> Void) throws {
        var template = Array("/tmp/capstan-contexts-XXXXXX\0".utf8CString.dropLast())
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(ContextStore(directory: StateDirectory(path: folder + "/config")), folder + "/config")
    }

    static func context(_ name: String, host: String = "hub.example", hubKey: PeerKey = PeerKey()) -> HubContext {
        HubContext(
            name: name, hub: [HostPort(host: host, port: 7443)], fingerprints: [hubKey.fingerprint],
            peerId: "01JD", peerName: "ada", key: PeerKey())
    }

    @Test("What is saved is loaded, and its files are for their owner alone")
    func roundTrip() throws {
        try Self.with { store, folder in
            let context = Self.context("production")
            try store.save(context, makeCurrent: true)
            let loaded = try store.load("production")
            #expect(loaded.hub == context.hub)
            #expect(loaded.fingerprints == context.fingerprints)
            #expect(loaded.peerName == "ada")
            #expect(loaded.key.fingerprint == context.key.fingerprint)
            #expect(try store.current() == "production")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/contexts")
            #expect(files.count == 2)
            for file in files {
                var status = stat()
                #expect(stat(folder + "/contexts/" + file, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600, "\(file)")
            }
        }
    }

    @Test("Saving again replaces the key and leaves nothing behind")
    func replaced() throws {
        try Self.with { store, folder in
            try store.save(Self.context("a"), makeCurrent: false)
            let second = Self.context("a")
            try store.save(second, makeCurrent: false)
            #expect(try store.load("a").key.fingerprint == second.key.fingerprint)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/contexts").count == 2)
        }
    }

    @Test("Other hub keys change nothing else of a context")
    func pins() throws {
        try Self.with { store, folder in
            let (context, new) = (Self.context("a"), PeerKey().fingerprint)
            try store.save(context, makeCurrent: true)
            let before = try FileManager.default.contentsOfDirectory(atPath: folder + "/contexts").sorted()
            try store.setFingerprints("a", to: [new])
            let loaded = try store.load("a")
            #expect(loaded.fingerprints == [new])
            #expect(loaded.key.fingerprint == context.key.fingerprint && loaded.hub == context.hub)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/contexts").sorted() == before)
        }
    }

    @Test("The choice: named, CAPSTAN_CONTEXT, current, the only one")
    func choice() throws {
        try Self.with { store, _ in
            try store.save(Self.context("a"), makeCurrent: false)
            #expect(try store.choose(nil, environment: [:]).name == "a")
            try store.save(Self.context("b"), makeCurrent: false)
            #expect(try store.choose("b", environment: [:]).name == "b")
            #expect(try store.choose(nil, environment: ["CAPSTAN_CONTEXT": "b"]).name == "b")
            #expect(try store.choose("a", environment: ["CAPSTAN_CONTEXT": "b"]).name == "a")
            try store.use("b")
            #expect(try store.choose(nil, environment: [:]).name == "b")
        }
    }

    @Test("None at all is missing configuration, several without a choice is misuse with the list")
    func noChoice() throws {
        try Self.with { store, _ in
            let none = #expect(throws: Failure.self) { try store.choose(nil, environment: [:]) }
            #expect(none?.exit == .configMissing)
            #expect(none?.message.contains("capstan login TOKEN") == true)
            try store.save(Self.context("a"), makeCurrent: false)
            try store.save(Self.context("b"), makeCurrent: false)
            let several = #expect(throws: Failure.self) { try store.choose(nil, environment: [:]) }
            #expect(several?.exit == .misuse)
            #expect(several?.message.contains("a, b") == true)
            let unknown = #expect(throws: Failure.self) { try store.choose("c", environment: [:]) }
            #expect(unknown?.exit == .misuse)
        }
    }

    @Test("Removing forgets the key, and the choice")
    func removed() throws {
        try Self.with { store, folder in
            try store.save(Self.context("a"), makeCurrent: true)
            try store.remove("a")
            #expect(store.names().isEmpty)
            #expect(try store.current() == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/contexts").isEmpty)
            #expect(throws: Failure.self) { try store.remove("a") }
        }
    }

    @Test("Damaged files are said to be damaged", arguments: ["", "{}", "nonsense", #"{"hub":[]}"#])
    func damaged(text: String) throws {
        try Self.with { store, folder in
            try store.save(Self.context("a"), makeCurrent: false)
            try AtomicFile.write(text, to: folder + "/contexts/a.json")
            let failure = #expect(throws: Failure.self) { try store.load("a") }
            #expect(failure?.exit == .malformed)
        }
    }

    @Test("A name cannot lead out of the folder", arguments: ["../a", "", ".", ".hidden", "a/b", "a b"])
    func badNames(name: String) throws {
        try Self.with { store, _ in
            #expect(throws: Failure.self) { try store.save(Self.context(name), makeCurrent: false) }
            #expect(throws: Failure.self) { try store.load(name) }
        }
    }

    @Test("A context is named after its hub, and numbered where the name is taken, by the same hub too")
    func naming() throws {
        try Self.with { store, _ in
            let hub = PeerKey()
            #expect(store.newName(for: Self.context("", hubKey: hub)) == "hub.example")
            try store.save(Self.context("hub.example", hubKey: hub), makeCurrent: false)
            #expect(store.newName(for: Self.context("", hubKey: hub)) == "hub.example-2")
            #expect(store.newName(for: Self.context("")) == "hub.example-2")
            var other = Self.context("", host: "10.0.0.1")
            other.hub = [HostPort(host: "10.0.0.1", port: 9000)]
            #expect(store.newName(for: other) == "10.0.0.1-9000")
        }
    }

    @Test("A name that is taken is refused with what to do")
    func taken() throws {
        try Self.with { store, _ in
            try store.save(Self.context("a"), makeCurrent: true)
            try store.requireFree("b")
            let failure = #expect(throws: Failure.self) { try store.requireFree("a") }
            #expect(failure?.exit == .refused)
            #expect(failure?.advice?.contains("capstan context remove a") == true)
        }
    }
}

import Glibc
import TestKit
import Testing

@testable import Daemon

@Suite("Files of a state directory")
struct FilesTests {
    @Test("a file is replaced whole, with its mode, and leaves nothing beside it")
    func replaces() async throws {
        try await withFolder { folder in
            let path = folder + "/secret"
            try AtomicFile.write("old", to: path, mode: 0o644)
            try AtomicFile.write("new", to: path)
            #expect(try text(path) == "new")
            #expect(mode(of: path) == 0o600)
            #expect(names(in: folder) == ["secret"])
        }
    }

    @Test("a secret that others may read is taken from them, one that is not there is none")
    func secret() async throws {
        try await withFolder { folder in
            let path = folder + "/key"
            #expect(try !SecretFile.tighten(path))
            try AtomicFile.write("key", to: path, mode: 0o644)
            #expect(try SecretFile.tighten(path))
            #expect(mode(of: path) == 0o600)
            #expect(try !SecretFile.tighten(path))
            #expect(try text(path) == "key")
        }
    }

    @Test("a file takes another's place in one step, and one that is missing is named")
    func moves() async throws {
        try await withFolder { folder in
            try AtomicFile.write("old", to: folder + "/key")
            try AtomicFile.write("new", to: folder + "/next")
            try AtomicFile.move(folder + "/next", to: folder + "/key")
            #expect(try text(folder + "/key") == "new")
            #expect(mode(of: folder + "/key") == 0o600)
            #expect(names(in: folder) == ["key"])
            #expect(throws: FileError.notFound(folder + "/next")) {
                try AtomicFile.move(folder + "/next", to: folder + "/key")
            }
        }
    }

    @Test("a write that fails leaves the old file and no temporary one")
    func failsClean() async throws {
        try await withFolder { folder in
            try StateDirectory(path: folder + "/taken/inner").create()
            #expect(throws: FileError.self) { try AtomicFile.write("x", to: folder + "/taken") }
            #expect(names(in: folder) == ["taken"])
        }
    }

    @Test("a missing directory is named, not a temporary file")
    func namesThePath() {
        #expect(throws: FileError.notFound("/nowhere/file")) { try AtomicFile.write("x", to: "/nowhere/file") }
    }

    @Test("a full disk is its own error")
    func diskFull() throws {
        let full = try Descriptor(opening: "/dev/full", O_WRONLY)
        do throws(FileError) {
            try full.write([1, 2, 3])
            Issue.record("the write went through")
        } catch {
            #expect(error == .diskFull("/dev/full"))
            #expect(error.description.contains("disk full"))
        }
    }

    @Test("a file longer than the limit is refused")
    func limitsReads() async throws {
        try await withFolder { folder in
            try AtomicFile.write([UInt8](repeating: 7, count: 20_000), to: folder + "/f")
            #expect(try AtomicFile.read(folder + "/f", limit: 20_000).count == 20_000)
            #expect(throws: FileError.tooLarge(folder + "/f", limit: 19_999)) {
                try AtomicFile.read(folder + "/f", limit: 19_999)
            }
        }
    }

    @Test("a missing file is nil when that is asked for, and is removed without complaint")
    func missing() async throws {
        try await withFolder { folder in
            #expect(try AtomicFile.readIfPresent(folder + "/none") == nil)
            try AtomicFile.remove(folder + "/none")
        }
    }
}

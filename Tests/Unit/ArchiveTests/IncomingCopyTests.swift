import Foundation
import NIOCore
import TestKit
import Testing

@testable import Archive

@Suite("A copy that is cut off")
struct IncomingCopyTests {
    private let name = IncomingCopy.Name(id: "abc", etag: "1")

    private func open(
        _ folder: String, _ name: IncomingCopy.Name? = nil, at destination: String = "/dst"
    ) throws -> IncomingCopy {
        try IncomingCopy(name ?? self.name, notesIn: folder) { () throws(ArchiveError) in
            try Destination(
                folder + destination, base: "/", home: "/",
                for: Destination.Coming(name: Array("src".utf8), isFolder: true))
        }
    }

    @Test("goes on where it was, again and again, and nothing is missing or there twice")
    func resumed() async throws {
        let seed = UInt64.random(in: 1...1_000_000)
        var random = SeededRandom(seed: seed)
        try await withFolder { folder in
            try makeTree(folder + "/src", files: 40)
            defer { for name in ["/src", "/dst"] { chmod(folder + name + "/closed", 0o755) } }
            let source = ArchiveSource(folder + "/src", base: "/", home: "/")
            let total = try survey(source).bytes
            var (rounds, last): (Int, Int64) = (0, 0)
            var isPaused = true
            while true {
                let copy = try open(folder)
                let start = try #require(copy.start)
                #expect(start >= last || !isPaused, "seed \(seed)")
                last = start
                let packer = ArchivePacker(source, from: start)
                var left = Int.random(in: 0...60_000, using: &random)
                while left > 0, let bytes = try packer.next(Int.random(in: 1...min(left, 9_000), using: &random)) {
                    try copy.write(bytes)
                    left -= bytes.readableBytes
                }
                rounds += 1
                if left > 0 || rounds > 2_000 {
                    try copy.finish()
                    break
                }
                // One time in four it is killed, and nothing is written down.
                isPaused = Int.random(in: 0..<4, using: &random) > 0
                if isPaused { copy.pause() }
            }
            #expect(rounds > 5 && last < total, "seed \(seed)")
            #expect(try look(folder + "/dst") == look(folder + "/src"), "seed \(seed)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["dst", "src"])
        }
    }

    @Test("begins anew when the source has changed, or what had come is gone, and leaves nothing of before")
    func anew() async throws {
        try await withFolder { folder in
            let content = [UInt8](repeating: 7, count: 10_000)
            let entry = ArchiveEntry(path: bytes("src"), kind: .file, mode: 0o600, size: 10_000)
            func begin(_ name: IncomingCopy.Name) throws -> Int64? {
                let copy = try IncomingCopy(name, notesIn: folder) { () throws(ArchiveError) in
                    try Destination(
                        folder + "/f", base: "/", home: "/",
                        for: Destination.Coming(name: Array("src".utf8), isFolder: false))
                }
                if copy.start == 0 { try copy.write(ByteBuffer(bytes: Tar.header(entry) + content.prefix(4_000))) }
                copy.pause()
                return copy.start
            }
            #expect(try begin(name) == 0)
            let reached = Int64(Tar.header(entry).count + 4_000)
            #expect(try begin(name) == reached)
            #expect(IncomingCopy.left("abc", notesIn: folder)?.offset == reached)
            #expect(try begin(IncomingCopy.Name(id: "abc", etag: "2")) == 0)
            #expect(try begin(IncomingCopy.Name(id: "abc", etag: "2")) == reached)
            unlink(folder + "/.capstan-abc.part")
            #expect(try begin(IncomingCopy.Name(id: "abc", etag: "2")) == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == [".capstan-abc.part", "abc.copy"])
            CopyNote.sweep(folder, patience: 60, memory: -1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
            // Well before now: a file's time may be ahead of the clock that is read in whole ticks.
            CopyNote.sweep(folder, patience: -10, memory: 60)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("goes to the same place when the source has changed, and its folders get their modes")
    func changedSource() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            chmod(folder + "/src/a", 0o750)
            defer { for name in ["/src", "/dst"] { chmod(folder + name + "/closed", 0o755) } }
            let source = ArchiveSource(folder + "/src", base: "/", home: "/")
            func copy(_ etag: String, bytes: Int) throws {
                let copy = try open(folder, IncomingCopy.Name(id: "abc", etag: etag))
                #expect(copy.destination.path == folder + "/dst")
                let packer = ArchivePacker(source, from: try #require(copy.start))
                var left = bytes
                while left > 0, let bytes = try packer.next(min(left, 5_000)) {
                    try copy.write(bytes)
                    left -= bytes.readableBytes
                }
                if left > 0 { try copy.finish() } else { copy.pause() }
            }
            try copy("1", bytes: 90_000)
            try Data("more".utf8).write(to: URL(filePath: folder + "/src/a/zz"))
            try copy("2", bytes: .max)
            let (there, here) = (try look(folder + "/dst"), try look(folder + "/src"))
            #expect(there.keys.sorted() == here.keys.sorted())
            #expect(there["a"]?.hasPrefix("folder 750") == true && there["a/zz"] == here["a/zz"])
        }
    }

    @Test("begins anew when what it had made is gone")
    func removed() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            defer { for name in ["/src", "/dst"] { chmod(folder + name + "/closed", 0o755) } }
            let source = ArchiveSource(folder + "/src", base: "/", home: "/")
            do {
                let copy = try open(folder)
                let packer = ArchivePacker(source)
                for _ in 0..<20 { try copy.write(try #require(try packer.next(5_000))) }
                copy.pause()
            }
            try FileManager.default.removeItem(atPath: folder + "/dst")
            let copy = try open(folder)
            #expect(copy.start == 0)
            let packer = ArchivePacker(source)
            while let bytes = try packer.next(5_000) { try copy.write(bytes) }
            try copy.finish()
            #expect(try look(folder + "/dst") == look(folder + "/src"))
        }
    }

    @Test("is one's own while it goes on, and known to be over to whoever asks again under the same word")
    func over() async throws {
        try await withFolder { folder in
            mkdir(folder + "/src", 0o755)
            let archive = try packed(ArchiveSource(folder + "/src", base: "/", home: "/"))
            let named = IncomingCopy.Name(id: "abc", etag: "1", transfer: "word")
            do {
                let copy = try open(folder, named)
                #expect(throws: ArchiveError.busy) { try open(folder, named) }
                #expect(IncomingCopy.left("abc", notesIn: folder) == nil)
                try copy.write(ByteBuffer(bytes: archive))
                try copy.finish()
            }
            #expect(try open(folder, named).start == nil)
            CopyNote.sweep(folder, patience: -1, memory: 60)
            #expect(try open(folder, named).start == nil, "it is known for an hour")
            // By now there is a folder: another copy of the same goes into it.
            let again = try open(folder, IncomingCopy.Name(id: "abc", etag: "1", transfer: "another"))
            #expect(again.start == 0 && again.destination.path == folder + "/dst/src")
        }
    }

    @Test("leaves nothing behind when it is given up, nor when it could not begin")
    func abandoned() async throws {
        try await withFolder { folder in
            let copy = try open(folder)
            let entry = ArchiveEntry(path: bytes("src"), kind: .file, mode: 0o600, size: 10_000)
            try copy.write(ByteBuffer(bytes: Tar.header(entry) + [1, 2, 3]))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
            copy.abandon()
            #expect(throws: ArchiveError.noFolder(folder + "/no")) {
                try open(folder, IncomingCopy.Name(id: "x", etag: "1"), at: "/no/where")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}

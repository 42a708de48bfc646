import Daemon
import Foundation
import NIOCore
import TestKit
import Testing

@testable import Archive

@Suite("A tree as an archive")
struct PackingTests {
    @Test("is the same each time, as long as was said before, and from any byte on the rest of it")
    func same() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            defer { chmod(folder + "/src/closed", 0o755) }
            let source = ArchiveSource("src", base: folder, home: "/")
            let whole = try packed(source)
            #expect(try packed(source, portion: 333) == whole)
            let survey = try survey(source)
            #expect(survey.bytes == Int64(whole.count) && survey.isFolder && survey.entries == 21)
            for offset in stride(from: 0, through: whole.count, by: 499) {
                let isRest = try packed(source, from: Int64(offset)) == Array(whole[offset...])
                #expect(isRest, "from \(offset)")
            }
        }
    }

    @Test("stands for the state that it is in: any change is seen, and looking again is none")
    func etag() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            defer { chmod(folder + "/src/closed", 0o755) }
            let source = ArchiveSource(folder + "/src", base: "/", home: "/")
            var tags = [try survey(source).etag]
            #expect(try survey(source).etag == tags[0])
            func change(_ body: () throws -> Void) throws {
                try body()
                let tag = try survey(source).etag
                #expect(!tags.contains(tag))
                tags.append(tag)
            }
            try change { chmod(folder + "/src/a/f1", 0o700) }
            try change { try Data("new".utf8).write(to: URL(filePath: folder + "/src/new")) }
            try change { unlink(folder + "/src/dangling") }
            try change {
                // The same length, and the time set back.
                let path = folder + "/src/a/f2"
                var before = stat()
                stat(path, &before)
                chmod(path, 0o600)
                try Data(repeating: 9, count: Int(before.st_size)).write(to: URL(filePath: path))
                utimensat(AT_FDCWD, path, [before.st_atim, before.st_mtim], 0)
            }
        }
    }

    @Test("leaves out what is neither file nor folder nor link, and says so")
    func skipped() async throws {
        try await withFolder { folder in
            mkdir(folder + "/src", 0o755)
            mkfifo(folder + "/src/pipe", 0o600)
            mkfifo(folder + "/src/second", 0o600)
            let survey = try survey(ArchiveSource(folder + "/src", base: "/", home: "/"))
            #expect(survey.entries == 1 && survey.skipped == 2 && survey.firstSkipped == folder + "/src/pipe")
            #expect(throws: ArchiveError.self) {
                try look(folder + "/src/pipe")
            }
        }
    }

    @Test("says which file became shorter while it was read, and that one is missing")
    func changed() async throws {
        try await withFolder { folder in
            let path = folder + "/f"
            try Data(repeating: 1, count: 100_000).write(to: URL(filePath: path))
            let packer = ArchivePacker(ArchiveSource(path, base: "/", home: "/"))
            _ = try packer.next(5_000)
            truncate(path, 4_000)
            #expect(throws: ArchiveError.changed(path)) { while try packer.next(10_000) != nil {} }
            #expect(throws: ArchiveError.file(.notFound(folder + "/none"))) {
                try look(folder + "/none")
            }
        }
    }

    @Test("is not gone on with where something before that byte is not as it was when it was looked at")
    func shifted() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            defer { chmod(folder + "/src/closed", 0o755) }
            let source = ArchiveSource(folder + "/src", base: "/", home: "/")
            let offset = try survey(source).bytes / 2
            func rest(_ change: () -> Void) throws -> Int {
                let surveyor = ArchiveSurveyor(source, mark: offset)
                let survey = try #require(try surveyor.advance(1_000))
                change()
                let packer = ArchivePacker(source, from: offset, survey)
                var count = 0
                while let bytes = try packer.next(10_000) { count += bytes.readableBytes }
                return count
            }
            let whole = try rest {}
            #expect(whole > 0)
            #expect(throws: ArchiveError.self) { try rest { unlink(folder + "/src/a/f0") } }
            #expect(throws: ArchiveError.self) { try rest { chmod(folder + "/src/a", 0o700) } }
        }
    }

    @Test("has no time or size that could not be written")
    func extremes() async throws {
        try await withFolder { folder in
            for (name, seconds) in [("far", 9_300_000_000), ("old", -9_300_000_000)] {
                try Data("x".utf8).write(to: URL(filePath: folder + "/" + name))
                let time = timespec(tv_sec: seconds, tv_nsec: 999_999_999)
                utimensat(AT_FDCWD, folder + "/" + name, [time, time], 0)
                let archive = try packed(ArchiveSource(folder + "/" + name, base: "/", home: "/"))
                #expect(!archive.isEmpty)
            }
            mkfifo(folder + "/pipe", 0o600)
            #expect(throws: ArchiveError.inTheWay(folder + "/pipe is neither file nor folder")) {
                try look(folder + "/pipe")
            }
        }
    }

    @Test("has no folder that was made after it was looked at: a copy of a tree into itself comes to an end")
    func itself() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            defer { chmod(folder + "/src/closed", 0o755) }
            let source = ArchiveSource(folder + "/src", base: "/", home: "/")
            let survey = try survey(source)
            let unpacker = try Unpacker(try Destination(folder + "/src/copy"), part: Array(".part".utf8)) { _ in }
            let packer = ArchivePacker(source, survey)
            while let bytes = try packer.next(700) { try unpacker.write(bytes) }
            _ = try unpacker.finish()
            chmod(folder + "/src/copy/closed", 0o755)
            #expect(access(folder + "/src/copy/a/deep", F_OK) == 0)
            #expect(access(folder + "/src/copy/copy", F_OK) != 0)
        }
    }

    @Test("is named as a person would expect")
    func names() async throws {
        func named(_ text: String) -> [String] {
            let source = ArchiveSource(text, base: "/base", home: "/home/me")
            return [String(decoding: source.path, as: UTF8.self), String(decoding: source.name, as: UTF8.self)]
        }
        #expect(named("x") == ["/base/x", "x"])
        #expect(named("x/") == ["/base/x", "x"])
        #expect(named("x/.") == ["/base/x", "."])
        #expect(named("x././.") == ["/base/x.", "."])
        #expect(named("../.") == ["/base/..", "."])
        #expect(named(".") == ["/base", "."])
        #expect(named("/a/b//") == ["/a/b", "b"])
        #expect(named("~/y") == ["/home/me/y", "y"])
        #expect(named("~") == ["/home/me", "me"])
        #expect(named("") == ["/base", "base"])
        #expect(named("/") == ["/", "."])
    }

    private func look(_ path: String) throws {
        _ = try survey(ArchiveSource(path, base: "/", home: "/"))
    }
}

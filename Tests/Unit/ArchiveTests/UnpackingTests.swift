import Foundation
import NIOCore
import TestKit
import Testing

@testable import Archive

@Suite("An archive as a tree")
struct UnpackingTests {
    private static let part = bytes(".part")

    private func unpack(_ archive: [UInt8], to destination: Destination, portion: Int = 5_000) throws {
        let unpacker = try Unpacker(destination, part: Self.part) { _ in }
        for start in stride(from: 0, to: archive.count, by: portion) {
            try unpacker.write(ByteBuffer(bytes: archive[start..<min(archive.count, start + portion)]))
        }
        _ = try unpacker.finish()
    }

    private func archive(_ entries: [(ArchiveEntry, [UInt8])]) -> [UInt8] {
        entries.flatMap { entry, content in
            Tar.header(entry) + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        } + Tar.end
    }

    private func file(_ path: String, _ content: String = "new", mode: UInt32 = 0o640) -> (ArchiveEntry, [UInt8]) {
        let content = bytes(content)
        let entry = ArchiveEntry(
            path: bytes(path), kind: .file, mode: mode, size: Int64(content.count), modified: 1_600_000_000_000_000_000)
        return (entry, content)
    }

    private func folder(_ path: String) -> (ArchiveEntry, [UInt8]) {
        (ArchiveEntry(path: bytes(path), kind: .folder, mode: 0o755, modified: 0), [])
    }

    private func link(_ path: String, to target: String) -> (ArchiveEntry, [UInt8]) {
        (ArchiveEntry(path: bytes(path), kind: .link, mode: 0o777, modified: 7, target: bytes(target)), [])
    }

    @Test("is what was packed, with modes and times, whatever portions it comes in", arguments: [1, 700, 100_000])
    func same(portion: Int) async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src", files: portion == 1 ? 5 : 12)
            defer { for name in ["/src", "/dst"] { chmod(folder + name + "/closed", 0o755) } }
            let whole = try packed(ArchiveSource(folder + "/src", base: "/", home: "/"))
            try unpack(whole, to: try Destination(folder + "/dst"), portion: portion)
            #expect(try look(folder + "/dst") == look(folder + "/src"))
        }
    }

    @Test("replaces files and links, keeps what else is there, and leaves the modes of folders that were there")
    func merged() async throws {
        try await withFolder { folder in
            let manager = FileManager.default
            try manager.createDirectory(atPath: folder + "/dst/src/a", withIntermediateDirectories: true)
            chmod(folder + "/dst/src/a", 0o700)
            for name in ["old", "f", "l"] {
                try Data("old".utf8).write(to: URL(filePath: folder + "/dst/src/a/" + name))
            }
            try unpack(
                archive([
                    self.folder("src"), self.folder("src/a"), file("src/a/f"), link("src/a/l", to: "f"),
                    file("src/a/s", mode: 0o6755),
                ]), to: try Destination(folder + "/dst"))
            let seen = try look(folder + "/dst/src")
            #expect(seen["a/f"]?.hasPrefix("file 640 1600000000000000000") == true)
            #expect(seen["a/l"] == "link 777 7 f")
            #expect(seen["a/old"] != nil && seen["a"]?.hasPrefix("folder 700 ") == true)
            #expect(seen["a/s"]?.hasPrefix("file 755 ") == true, "no set-user-id comes along")
        }
    }

    @Test("never leads out of where it goes: not by its paths, and not through links of its own or that are there")
    func escapes() async throws {
        try await withFolder { folder in
            mkdir(folder + "/dst", 0o755)
            mkdir(folder + "/out", 0o755)
            symlink(folder + "/out", folder + "/dst/there")
            for path in ["/etc/x", "src/../../out/x", ".."] {
                #expect(throws: ArchiveError.escapes(path), "\(path)") {
                    try unpack(archive([file(path)]), to: try Destination(folder + "/dst"))
                }
            }
            #expect(throws: ArchiveError.self) {
                try unpack(
                    archive([self.folder("src"), link("src/l", to: folder + "/out"), file("src/l/x")]),
                    to: try Destination(folder + "/dst"))
            }
            #expect(throws: ArchiveError.self) {
                try unpack(archive([file("there/x")]), to: try Destination(folder + "/dst", name: "."))
            }
            // Whoever sends it calls it what they like: it gets the name that was asked for.
            try unpack(
                archive([file(".bashrc")]), to: try Destination(folder + "/dst", name: "wanted", isFolder: false))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out").isEmpty)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder + "/dst").sorted()
                    == ["src", "there", "wanted"])
        }
    }

    @Test("has a name of one part, and no link of that name is followed, whoever put it there")
    func names() async throws {
        try await withFolder { folder in
            mkdir(folder + "/dst", 0o755)
            mkdir(folder + "/out", 0o755)
            symlink(folder + "/out", folder + "/dst/src")
            for name in ["../x", "a/b", "..", "", "/etc", "a\0b"] {
                #expect(throws: ArchiveError.escapes(name), "\(name)") {
                    try Destination(folder + "/dst", name: name, isFolder: false)
                }
            }
            #expect(throws: ArchiveError.escapes(".")) { try Destination(folder + "/dst", name: ".", isFolder: false) }
            #expect(throws: ArchiveError.self) { try Destination(folder + "/dst") }
            let named = try Destination(folder + "/dst/src")
            #expect(named.path == folder + "/dst/src/src", "what is named itself is followed")
        }
    }

    @Test("says what is in the way")
    func inTheWay() async throws {
        try await withFolder { folder in
            mkdir(folder + "/dst", 0o755)
            mkdir(folder + "/dst/f", 0o755)
            try Data().write(to: URL(filePath: folder + "/dst/d"))
            for entries in [[file("f")], [self.folder("d")], [file("d/x")]] {
                #expect(throws: ArchiveError.self) {
                    try unpack(archive(entries), to: try Destination(folder + "/dst", name: "."))
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/dst").sorted() == ["d", "f"])
        }
    }

    @Test("goes where `cp -r` would put it")
    func places() async throws {
        try await withFolder { folder in
            mkdir(folder + "/d", 0o755)
            mkdir(folder + "/d/there", 0o755)
            try Data().write(to: URL(filePath: folder + "/f"))
            symlink("f", folder + "/link")
            func place(
                _ text: String, _ name: String? = "src", isFolder: Bool = true, makes: Bool = false, into: Bool = false
            ) -> String {
                do {
                    let found = try Destination(
                        folder + "/" + text, name: name, isFolder: isFolder, makesFolders: makes, into: into)
                    #expect(found.path.hasPrefix(folder))
                    return String(found.path.dropFirst(folder.count))
                } catch { return "\(error)".replacingOccurrences(of: folder, with: "") }
            }
            #expect(place("d") == "/d/src")
            #expect(place("d/") == "/d/src")
            #expect(place("d", ".") == "/d")
            #expect(place("d/there/.", isFolder: false) == "/d/there/src")
            #expect(place("new") == "/new")
            #expect(place("new/") == "/new")
            #expect(place("new/", isFolder: false) == "there is no folder /new")
            #expect(place("new", isFolder: false, into: true) == "there is no folder /new")
            #expect(place("no/new") == "there is no folder /no")
            #expect(place("f") == "/f is a file, not a folder")
            #expect(place("f", isFolder: false) == "/f")
            #expect(place("link", isFolder: false) == "/f")
            #expect(place("f/x") == "/f is a file, not a folder")
            #expect(place("d", "there", isFolder: false) == "/d/there is a folder, and a file comes")
            #expect(place("d", nil) == "/d")
            #expect(place("new", nil) == "there is no folder /new")
            #expect(place("p/q/", isFolder: false, makes: true) == "/p/q/src")
            #expect(place("p/r", isFolder: false, makes: true) == "/p/r")
            #expect(place("p/s", makes: true, into: true) == "/p/s/src")
        }
    }

    @Test(
        "that other programs made is read: GNU tar's own, ustar, pax and the oldest",
        arguments: ["gnu", "ustar", "pax", "v7"])
    func foreign(format: String) async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            if ["v7", "ustar"].contains(format) { try FileManager.default.removeItem(atPath: folder + "/src/a/deep") }
            defer { for name in ["/src", "/dst/src"] { chmod(folder + name + "/closed", 0o755) } }
            let tar = Process()
            tar.executableURL = URL(filePath: "/usr/bin/tar")
            tar.arguments = ["--format=\(format)", "-C", folder, "-cf", folder + "/x.tar", "src"]
            try tar.run()
            tar.waitUntilExit()
            mkdir(folder + "/dst", 0o755)
            try unpack(
                Array(try Data(contentsOf: URL(filePath: folder + "/x.tar"))),
                to: try Destination(folder + "/dst", name: nil))
            // Only pax has parts of seconds, and times of folders and links change with what is put into them.
            func plain(_ seen: [String: String]) -> [String: String] {
                seen.mapValues { text in
                    var words = text.split(separator: " ", omittingEmptySubsequences: false)
                    words[2] = words[2].dropLast(9)
                    return words.joined(separator: " ")
                }
            }
            #expect(try plain(look(folder + "/dst/src")) == plain(look(folder + "/src")))
        }
    }

    @Test("of ours is read by GNU tar")
    func abroad() async throws {
        try await withFolder { folder in
            try makeTree(folder + "/src")
            mkdir(folder + "/dst", 0o755)
            defer { for name in ["/src", "/dst/src"] { chmod(folder + name + "/closed", 0o755) } }
            try Data(packed(ArchiveSource(folder + "/src", base: "/", home: "/"))).write(
                to: URL(filePath: folder + "/x.tar"))
            let tar = Process()
            tar.executableURL = URL(filePath: "/usr/bin/tar")
            tar.arguments = ["-C", folder + "/dst", "-xpf", folder + "/x.tar"]
            try tar.run()
            tar.waitUntilExit()
            #expect(tar.terminationStatus == 0)
            #expect(try look(folder + "/dst/src") == look(folder + "/src"))
        }
    }
}

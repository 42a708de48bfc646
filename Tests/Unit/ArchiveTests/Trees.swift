import Foundation
import NIOCore

@testable import Archive

/// Makes a tree with one of each kind, and files of many lengths.
func makeTree(_ path: String, files: Int = 12) throws {
    let manager = FileManager.default
    for folder in ["", "/a", "/a/deep", "/empty", "/closed"] {
        try manager.createDirectory(atPath: path + folder, withIntermediateDirectories: true)
    }
    for number in 0..<files {
        let length = [0, 1, 511, 512, 513, 70_000][number % 6] + number
        let content = Data((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) })
        try content.write(to: URL(filePath: path + "/a/f\(number)"))
        chmod(path + "/a/f\(number)", [0o600, 0o755, 0o444][number % 3])
        setTime(path + "/a/f\(number)", 1_600_000_000 + number, number)
    }
    try Data("x".utf8).write(to: URL(filePath: path + "/a/deep/" + String(repeating: "n", count: 200)))
    try Data("y".utf8).write(to: URL(filePath: path + "/closed/y"))
    symlink("../f1", path + "/a/deep/link")
    symlink("/nowhere/at/all", path + "/dangling")
    setTime(path + "/a", 1_500_000_000, 5)
    chmod(path + "/closed", 0o555)
}

private func setTime(_ path: String, _ seconds: Int, _ rest: Int) {
    let time = timespec(tv_sec: seconds, tv_nsec: rest)
    utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW)
}

/// What there is below a path: kind, mode, time and content of each, by its name.
func look(_ path: String) throws -> [String: String] {
    var seen: [String: String] = [:]
    var walk = TreeWalk(ArchiveSource(path + "/.", base: "/", home: "/"))
    while let found = try walk.next() {
        let entry = found.entry
        guard entry.path != ArchiveSource.contents else { continue }
        var text = "\(entry.kind) \(String(entry.mode, radix: 8)) \(entry.modified) \(BytePath.text(entry.target))"
        if entry.kind == .file {
            text += " " + (try Data(contentsOf: URL(filePath: BytePath.text(found.source)))).base64EncodedString()
        }
        seen[String(entry.pathText.dropFirst(2))] = text
    }
    return seen
}

/// The whole archive of a tree.
func packed(_ source: ArchiveSource, from offset: Int64 = 0, portion: Int = 10_000) throws -> [UInt8] {
    let packer = ArchivePacker(source, from: offset)
    var all: [UInt8] = []
    while let bytes = try packer.next(portion) { all += bytes.readableBytesView }
    return all
}

func survey(_ source: ArchiveSource) throws -> ArchiveSurvey {
    let surveyor = ArchiveSurveyor(source)
    while true { if let survey = try surveyor.advance(3) { return survey } }
}

extension Destination {
    init(
        _ text: String, name: String? = "src", isFolder: Bool = true, makesFolders: Bool = false, into: Bool = false
    ) throws {
        try self.init(
            text, base: "/base", home: "/home", for: Coming(name: name.map { Array($0.utf8) }, isFolder: isFolder),
            Manner(makesFolders: makesFolders, into: into))
    }
}

import Daemon
import Glibc

/// Which file or folder of a machine it is, whatever it is called.
package struct FileIdentity: Sendable, Hashable {
    var device: UInt64
    var number: UInt64
}

/// A tree, entry by entry: a folder before what is in it, and that by name, so that each walk of the same tree is the same.
/// Links are not followed, but for the one that the walk begins at.
struct TreeWalk: Sendable {
    struct Found {
        var entry: ArchiveEntry
        /// Where it is read from.
        var source: [UInt8]
        /// When anything of it changed last, nanoseconds since 1970.
        var changed: Int64
        var identity: FileIdentity
        /// Whether the walk began at it: it may be a link that is followed.
        var isRoot = false
    }

    private struct Level {
        var source: [UInt8]
        var path: [UInt8]
        var names: ArraySlice<[UInt8]>
    }

    private var root: ArchiveSource?
    /// The folders that are gone into; nil for all.
    private let known: Set<FileIdentity>?
    private var levels: [Level] = []
    /// What is neither file nor folder nor link, and was left out.
    private(set) var skipped = 0
    private(set) var firstSkipped: [UInt8]?

    init(_ root: ArchiveSource, known: Set<FileIdentity>? = nil) {
        self.root = root
        self.known = known
    }

    /// The next entry. What disappears meanwhile is not told of.
    mutating func next() throws(ArchiveError) -> Found? {
        if let root {
            self.root = nil
            guard let status = try BytePath.status(root.path, follow: true) else {
                throw .system(ENOENT, "stat", root.path)
            }
            guard var found = try found(root.path, root.name, status) else {
                throw .inTheWay("\(BytePath.text(root.path)) is neither file nor folder")
            }
            found.isRoot = true
            return found
        }
        while !levels.isEmpty {
            let level = levels[levels.count - 1]
            guard let name = level.names.first else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].names.removeFirst()
            // What is not whole is nobody's file.
            if CopyNote.isPart(name) { continue }
            let source = BytePath.appending(name, to: level.source)
            guard let status = try BytePath.status(source) else { continue }
            if let found = try found(source, BytePath.appending(name, to: level.path), status) { return found }
        }
        return nil
    }

    private mutating func found(
        _ source: [UInt8], _ path: [UInt8], _ status: stat
    ) throws(ArchiveError) -> Found? {
        var entry = ArchiveEntry(
            path: path, kind: .file, mode: UInt32(status.st_mode & 0o7777), modified: status.modified)
        let identity = FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        if status.isFolder {
            if let known, !known.contains(identity) { return nil }
            entry.kind = .folder
            levels.append(Level(source: source, path: path, names: try Self.names(source)[...]))
        } else if status.isLink {
            entry.kind = .link
            guard let target = try Self.target(source) else { return nil }
            entry.target = target
        } else if status.isFile {
            entry.size = Int64(status.st_size)
            guard entry.size <= Tar.sizeLimit else { throw .system(EFBIG, "copy", source) }
        } else {
            skipped += 1
            firstSkipped = firstSkipped ?? source
            return nil
        }
        return Found(entry: entry, source: source, changed: status.changed, identity: identity)
    }

    /// The names in a folder, sorted; none where it is gone.
    static func names(_ path: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
        guard let folder = BytePath.with(path, { opendir($0) }) else {
            if errno == ENOENT { return [] }
            throw .system(errno, "open", path)
        }
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        errno = 0
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [46], name != [46, 46] { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .system(errno, "read", path) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Where a link points to; nil where it is gone.
    private static func target(_ path: [UInt8]) throws(ArchiveError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = BytePath.with(path) { path in
            bytes.withUnsafeMutableBufferPointer { room in
                room.withMemoryRebound(to: CChar.self) { room in
                    room.baseAddress.map { readlink(path, $0, room.count) } ?? -1
                }
            }
        }
        if count >= 0 { return Array(bytes.prefix(count)) }
        if errno == ENOENT || errno == EINVAL { return nil }
        throw .system(errno, "read", path)
    }
}

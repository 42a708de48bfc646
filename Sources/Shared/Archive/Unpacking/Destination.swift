import Glibc

/// Where an archive goes.
package struct Destination: Sendable, Hashable, Codable {
    /// A folder that is there. Absolute.
    var folder: [UInt8]
    /// What the first part of each path becomes; empty where the paths stay as they are.
    var name: [UInt8]
    /// Whether nothing is there yet.
    package var isNew: Bool

    /// The file or folder that comes to be, for people.
    package var path: String { BytePath.text(name.isEmpty ? folder : BytePath.appending(name, to: folder)) }

    /// Whether the folder is there that it lies in.
    var isThere: Bool { (try? BytePath.status(folder, follow: true))?.isFolder ?? false }

    /// Whether something of it is there.
    var isBegun: Bool { (try? BytePath.status(name.isEmpty ? folder : BytePath.appending(name, to: folder))) != nil }

    /// What comes, as far as it says where it goes.
    package struct Coming: Sendable {
        /// The name it has where it comes from; `.` for the content of a folder. Nil: unknown, its paths say it.
        package var name: [UInt8]?
        package var isFolder: Bool

        package init(name: [UInt8]?, isFolder: Bool) {
            self.name = name
            self.isFolder = isFolder
        }
    }

    /// How a place is come by.
    package struct Manner: Sendable {
        /// Makes the folders that are missing.
        package var makesFolders: Bool
        /// The path is a folder that it goes into, not a name for it.
        package var into: Bool

        package init(makesFolders: Bool = false, into: Bool = false) {
            self.makesFolders = makesFolders
            self.into = into
        }
    }

    /// What a person's words mean, as `cp -r` has it: into a folder that is there, else under that name.
    ///
    /// - Parameter manner: what is made, and what must be there.
    /// - Throws: ``ArchiveError``, also where something of another kind is in the way.
    package init(
        _ text: String, base: String, home: String, for coming: Coming, _ manner: Manner = Manner()
    ) throws(ArchiveError) {
        let isContent = coming.name == nil || coming.name == ArchiveSource.contents
        if let name = coming.name { try Self.check(name, coming.isFolder) }
        let saysFolder = text.isEmpty || text.hasSuffix("/") || text.hasSuffix("/.") || text == "."
        let wantsFolder = manner.into || (saysFolder && !coming.isFolder)
        var path = Array(ArchiveSource.absolute(text, base: base, home: home).utf8)
        if text.hasSuffix("/.") { path.removeLast() }
        while path.count > 1, path.last == BytePath.slash { path.removeLast() }
        let there = try BytePath.status(path, follow: true)
        if let there, there.isFolder {
            try self.init(in: path, name: isContent ? [] : coming.name ?? [], isFolder: coming.isFolder)
        } else if there != nil {
            guard !coming.isFolder, !isContent, !wantsFolder else {
                throw .inTheWay("\(BytePath.text(path)) is a file, not a folder")
            }
            // Where it is a link to a file, that file is what is meant.
            let real = Self.real(path)
            self.init(folder: Self.parent(real), name: BytePath.lastPart(real), isNew: false)
        } else if isContent || wantsFolder {
            guard manner.makesFolders || (isContent && coming.name != nil) else {
                throw .noFolder(BytePath.text(path))
            }
            try Self.need(Self.parent(path), manner.makesFolders)
            try Self.make(path)
            self.init(folder: path, name: isContent ? [] : coming.name ?? [], isNew: true)
        } else {
            try Self.need(Self.parent(path), manner.makesFolders)
            self.init(folder: Self.parent(path), name: BytePath.lastPart(path), isNew: true)
        }
    }

    private init(in folder: [UInt8], name: [UInt8], isFolder: Bool) throws(ArchiveError) {
        guard !name.isEmpty else {
            self.init(folder: folder, name: [], isNew: false)
            return
        }
        let path = BytePath.appending(name, to: folder)
        // Only the place itself may be a link: what lies in it may have been put there by whoever sends.
        let there = try BytePath.status(path)
        if let there, there.isFolder != isFolder {
            let kind = there.isFolder ? "a folder, and a file comes" : "no folder, and one comes"
            throw .inTheWay("\(BytePath.text(path)) is \(kind)")
        }
        self.init(folder: folder, name: name, isNew: there == nil)
    }

    /// A name from elsewhere must be one part of a path.
    private static func check(_ name: [UInt8], _ isFolder: Bool) throws(ArchiveError) {
        guard !name.isEmpty, !name.contains(BytePath.slash), !name.contains(0), name != Array("..".utf8),
            name != ArchiveSource.contents || isFolder
        else { throw .escapes(BytePath.text(name)) }
    }

    private init(folder: [UInt8], name: [UInt8], isNew: Bool) {
        self.folder = folder
        self.name = name
        self.isNew = isNew
    }

    private static func need(_ path: [UInt8], _ makes: Bool) throws(ArchiveError) {
        if let status = try BytePath.status(path, follow: true) {
            guard status.isFolder else { throw .inTheWay("\(BytePath.text(path)) is a file, not a folder") }
            return
        }
        guard makes else { throw .noFolder(BytePath.text(path)) }
        if path.count > 1 { try need(parent(path), makes) }
        try make(path)
    }

    private static func make(_ path: [UInt8]) throws(ArchiveError) {
        guard BytePath.with(path, { mkdir($0, 0o777) }) == 0 || errno == EEXIST else {
            throw .system(errno, "make", path)
        }
    }

    private static func parent(_ path: [UInt8]) -> [UInt8] {
        guard let slash = path.lastIndex(of: BytePath.slash), slash > 0 else { return [BytePath.slash] }
        return Array(path[..<slash])
    }

    /// The path without links in it.
    private static func real(_ path: [UInt8]) -> [UInt8] {
        guard let real = BytePath.with(path, { realpath($0, nil) }) else { return path }
        defer { free(real) }
        return Array(UnsafeBufferPointer(start: real, count: strlen(real)).map { UInt8(bitPattern: $0) })
    }

    /// - Throws: ``ArchiveError/noRoom(_:needed:free:)`` where so many bytes have no room. Where something is there
    ///   already nobody knows beforehand how much of it is replaced, and nothing is said.
    package func checkRoom(for bytes: Int64) throws(ArchiveError) {
        var status = statvfs()
        guard isNew, BytePath.with(folder, { statvfs($0, &status) }) == 0 else { return }
        let free = Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
        guard bytes <= free else { throw .noRoom(BytePath.text(folder), needed: bytes, free: free) }
    }

    /// The parts of an entry's path below ``folder``; empty for that folder itself.
    /// - Throws: ``ArchiveError/escapes(_:)``.
    func parts(of path: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
        guard path.first != BytePath.slash, !path.contains(0) else { throw .escapes(BytePath.text(path)) }
        var parts = path.split(separator: BytePath.slash).map { Array($0) }
        guard !parts.contains(Array("..".utf8)) else { throw .escapes(BytePath.text(path)) }
        parts.removeAll { $0 == ArchiveSource.contents }
        if !name.isEmpty {
            guard !parts.isEmpty else { throw .malformed("`\(BytePath.text(path))` has no name") }
            parts[0] = name
        }
        return parts
    }
}

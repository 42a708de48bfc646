import Daemon
import Glibc

/// The folders that are unpacked into, and what is made in them. Each step down is checked not to be a link.
struct UnpackedTree: ~Copyable {
    private let destination: Destination
    private let base: Handle
    /// What a file is called until it is whole.
    let part: [UInt8]
    /// Folders that were made here and are not left yet: mode and time are set when nothing more comes into them.
    private(set) var folders: [ArchiveEntry]

    init(_ destination: Destination, part: [UInt8]) throws(ArchiveError) {
        guard let base = try Handle(opening: destination.folder, O_RDONLY | O_DIRECTORY) else {
            throw .noFolder(BytePath.text(destination.folder))
        }
        self.base = base
        self.destination = destination
        self.part = part
        folders = []
    }

    /// Takes over folders that an earlier one made and did not leave.
    ///
    /// - Parameter mayMiss: whether folders that are gone are left out; else it is an error.
    mutating func take(_ folders: [ArchiveEntry], mayMiss: Bool) throws(ArchiveError) {
        for entry in folders {
            do throws(ArchiveError) {
                let folder = try open(try destination.parts(of: entry.path))
                // It may have been closed already.
                fchmod(folder.number, 0o700)
                self.folders.append(entry)
            } catch {
                guard mayMiss else { throw error }
            }
        }
    }

    /// Begins with an entry, and leaves the folders that it does not lie in.
    /// - Returns: the parts of its path below the destination's folder.
    mutating func enter(_ entry: ArchiveEntry) throws(ArchiveError) -> [[UInt8]] {
        let parts = try destination.parts(of: entry.path)
        while let last = folders.last {
            let around = try destination.parts(of: last.path)
            if parts.starts(with: around) { break }
            try leave()
        }
        return parts
    }

    /// Whether an entry is a folder that has to be made; from then on it counts as one that was made here.
    mutating func expects(_ parts: [[UInt8]], _ entry: ArchiveEntry) throws(ArchiveError) -> Bool {
        guard entry.kind == .folder, let name = parts.last, folders.last?.path != entry.path else { return false }
        let parent = try open(parts.dropLast(), making: true)
        let number = parent.number
        var status = stat()
        guard BytePath.with(name, { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }) != 0 else { return false }
        folders.append(entry)
        return true
    }

    mutating func leaveAll() throws(ArchiveError) {
        while !folders.isEmpty { try leave() }
    }

    private mutating func leave() throws(ArchiveError) {
        guard let entry = folders.popLast(), let folder = try? open(try destination.parts(of: entry.path)) else {
            return
        }
        fchmod(folder.number, mode_t(entry.mode & 0o1777))
        UnpackedFile.setTime(entry.modified, folder.number)
    }

    func makeFolder(_ parts: [[UInt8]]) throws(ArchiveError) {
        guard let name = parts.last else { return }
        let parent = try open(parts.dropLast(), making: true)
        let number = parent.number
        if BytePath.with(name, { mkdirat(number, $0, 0o700) }) == 0 { return }
        guard errno == EEXIST else { throw .system(errno, "make", path(parts)) }
        // One that is there keeps its mode and time.
        _ = try open(parts)
    }

    func makeLink(_ parts: [[UInt8]], _ entry: ArchiveEntry) throws(ArchiveError) {
        let place = try place(parts)
        let number = place.folder.number
        func make() -> Int32 {
            BytePath.with(entry.target) { target in BytePath.with(part) { symlinkat(target, number, $0) } }
        }
        if make() != 0 {
            removePart(place)
            guard make() == 0 else { throw .system(errno, "link", path(parts)) }
        }
        BytePath.with(part) { UnpackedFile.setTime(entry.modified, number, $0) }
        try rename(to: place)
    }

    /// Where a file or link goes; a folder of its name is not replaced.
    func place(_ parts: [[UInt8]], making: Bool = true) throws(ArchiveError) -> UnpackedPlace {
        guard let name = parts.last else { throw .malformed("a file without a name") }
        let parent = try open(parts.dropLast(), making: making)
        let number = parent.number
        var status = stat()
        if BytePath.with(name, { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0, status.isFolder {
            throw .inTheWay("\(BytePath.text(path(parts))) is a folder, and a file comes")
        }
        return UnpackedPlace(folder: parent, name: name)
    }

    func place(of entry: ArchiveEntry, making: Bool = true) throws(ArchiveError) -> UnpackedPlace {
        try place(try destination.parts(of: entry.path), making: making)
    }

    /// Whether a file is there as an entry says it.
    func has(_ entry: ArchiveEntry) throws(ArchiveError) -> Bool {
        let place = try place(of: entry, making: false)
        let number = place.folder.number
        var status = stat()
        guard BytePath.with(place.name, { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            return false
        }
        return status.isFile && Int64(status.st_size) == entry.size && status.modified == entry.modified
    }

    func removePart(_ place: borrowing UnpackedPlace) {
        let number = place.folder.number
        _ = BytePath.with(part) { unlinkat(number, $0, 0) }
    }

    /// The part takes its name.
    func rename(to place: borrowing UnpackedPlace) throws(ArchiveError) {
        let (number, name) = (place.folder.number, place.name)
        guard BytePath.with(part, { part in BytePath.with(name) { renameat(number, part, number, $0) } }) == 0 else {
            throw .system(errno, "rename", name)
        }
    }

    func path(_ parts: [[UInt8]]) -> [UInt8] {
        parts.reduce(destination.folder) { BytePath.appending($1, to: $0) }
    }

    /// Opens a folder, from the destination's down.
    private func open(_ parts: some Collection<[UInt8]>, making: Bool = false) throws(ArchiveError) -> Handle {
        var here = try step(base, Array(".".utf8), [], false)
        var done: [[UInt8]] = []
        for name in parts {
            done.append(name)
            here = try step(here, name, done, making)
        }
        return here
    }

    private func step(
        _ folder: borrowing Handle, _ name: [UInt8], _ parts: [[UInt8]], _ making: Bool
    ) throws(ArchiveError) -> Handle {
        let number = folder.number
        do throws(ArchiveError) {
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
            if let found = try Handle(opening: name, in: number, flags) { return found }
            guard making else { throw .noFolder(BytePath.text(path(parts))) }
            guard BytePath.with(name, { mkdirat(number, $0, 0o777) }) == 0 || errno == EEXIST else {
                throw .system(errno, "make", path(parts))
            }
            guard let made = try Handle(opening: name, in: number, flags) else {
                throw .noFolder(BytePath.text(path(parts)))
            }
            return made
        } catch {
            // What is not there at all is said otherwise: this is for what is there and is no folder.
            if case .file(.notFound) = error {} else if error.systemCode != ELOOP { throw error }
            throw .inTheWay(
                "\(BytePath.text(path(parts))) is a file or a link, not a folder; a copy goes through no links")
        }
    }
}

/// A name in an open folder.
struct UnpackedPlace: ~Copyable {
    let folder: Handle
    let name: [UInt8]
}

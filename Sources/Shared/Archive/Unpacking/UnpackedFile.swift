import Glibc
import NIOCore

/// A file that comes: under another name until it is whole.
struct UnpackedFile: ~Copyable {
    let entry: ArchiveEntry
    /// Bytes that are there.
    private(set) var written: Int64
    private let handle: Handle
    private let place: UnpackedPlace

    var isWhole: Bool { written == entry.size }

    /// Begins a file.
    init(_ entry: ArchiveEntry, _ tree: borrowing UnpackedTree) throws(ArchiveError) {
        let place = try tree.place(of: entry)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let opened: Handle?
        do throws(ArchiveError) {
            opened = try Handle(opening: tree.part, in: place.folder.number, flags, mode: 0o600)
        } catch {
            guard error.systemCode == EEXIST else { throw error }
            // Of one that was killed.
            tree.removePart(place)
            opened = try Handle(opening: tree.part, in: place.folder.number, flags, mode: 0o600)
        }
        guard let opened else { throw .system(ENOENT, "make", entry.path) }
        handle = opened
        self.place = place
        self.entry = entry
        written = 0
    }

    /// Goes on with one that was left; nil where it is not there as it was left.
    init?(resuming entry: ArchiveEntry, at written: Int64, _ tree: borrowing UnpackedTree) throws(ArchiveError) {
        let place = try tree.place(of: entry, making: false)
        guard let opened = try Handle(opening: tree.part, in: place.folder.number, O_WRONLY | O_NOFOLLOW) else {
            return nil
        }
        var status = stat()
        guard fstat(opened.number, &status) == 0, status.isFile, status.st_size >= written,
            ftruncate(opened.number, off_t(written)) == 0
        else { return nil }
        lseek(opened.number, off_t(written), SEEK_SET)
        handle = opened
        self.place = place
        self.entry = entry
        self.written = written
    }

    mutating func write(_ bytes: ByteBuffer) throws(ArchiveError) {
        let (number, path) = (handle.number, entry.path)
        let result = bytes.withUnsafeReadableBytes { bytes -> Result<Void, ArchiveError> in
            do throws(ArchiveError) { return .success(try Handle.write(bytes, to: number, path)) } catch {
                return .failure(error)
            }
        }
        try result.get()
        written += Int64(bytes.readableBytes)
    }

    /// Gives it mode, time and name.
    consuming func finish(_ tree: borrowing UnpackedTree) throws(ArchiveError) {
        // Neither set-user-id nor set-group-id: the file belongs to who receives it.
        guard fchmod(handle.number, mode_t(entry.mode & 0o1777)) == 0 else {
            throw .system(errno, "set the mode of", entry.path)
        }
        Self.setTime(entry.modified, handle.number)
        try tree.rename(to: place)
    }

    consuming func remove(_ tree: borrowing UnpackedTree) { tree.removePart(place) }

    /// What says that a time is not to be set: the system's UTIME_OMIT.
    private static let keeps = (1 << 30) - 2

    /// Sets when the content changed last; of a link itself where `link` names one in that folder.
    static func setTime(_ modified: Int64, _ number: Int32, _ link: UnsafePointer<CChar>? = nil) {
        let rest = (modified % 1_000_000_000 + 1_000_000_000) % 1_000_000_000
        let time = timespec(tv_sec: Int((modified &- rest) / 1_000_000_000), tv_nsec: Int(rest))
        let times = [timespec(tv_sec: 0, tv_nsec: keeps), time]
        if let link {
            utimensat(number, link, times, AT_SYMLINK_NOFOLLOW)
        } else {
            futimens(number, times)
        }
    }
}

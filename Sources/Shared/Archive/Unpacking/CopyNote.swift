import CallProtocol
import Daemon
import Glibc
import NIOCore

/// Where a copy is, in a file that one process at a time has.
///
/// The file's first line is JSON, and rewritten in place: what a kill leaves is the line before or the new one. After a
/// crash of the machine it means nothing, and says so by the boot that it was written in.
final class CopyNote: Sendable {
    struct Content: Codable {
        /// The machine's run in which it was written: after a crash nobody knows what reached the disk.
        var boot = CopyNote.boot
        var etag: String
        var destination: Destination
        var point: UnpackPoint
        /// The sender's word for the one that came to its end.
        var ended: String?

        /// Removes the file that was not whole.
        func removePart(_ part: [UInt8]) {
            guard let entry = point.entry,
                let tree = try? UnpackedTree(destination, part: part),
                let place = try? tree.place(of: entry, making: false)
            else { return }
            tree.removePart(place)
        }
    }

    private static let limit = 1 << 20
    private static let ending = ".copy"

    private let path: String
    private let number: Int32

    /// - Parameter makes: makes it where there is none.
    /// - Throws: ``ArchiveError/busy`` where another process has it.
    init(folder: String, id: String, makes: Bool = true) throws(ArchiveError) {
        path = folder + "/" + id + Self.ending
        let bytes = Array(path.utf8)
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (makes ? O_CREAT : 0)
        number = BytePath.with(bytes) { open($0, flags, 0o600) }
        guard number >= 0 else { throw .system(errno, "open", bytes) }
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw .busy }
        // Whoever had it may have removed it meanwhile: then it is nobody's.
        var (own, there) = (stat(), stat())
        guard fstat(number, &own) == 0, BytePath.with(bytes, { stat($0, &there) }) == 0, own.st_ino == there.st_ino
        else {
            throw .busy
        }
    }

    deinit {
        guard number >= 0 else { return }
        release()
        close(number)
    }

    /// Lets another one have it. By word, not only by closing: a child between fork and exec has the descriptor too.
    func release() { flock(number, LOCK_UN) }

    /// What was written last; nil where that says nothing.
    func read() -> Content? {
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        let count = bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, $0.count, 0) }
        guard count > 0, let end = bytes[..<count].firstIndex(of: UInt8(ascii: "\n")),
            let content = try? JSONCoding.decode(Content.self, from: ByteBuffer(bytes: bytes[..<end]))
        else { return nil }
        return content
    }

    /// Whether a name is that of a file while it comes.
    static func isPart(_ name: [UInt8]) -> Bool {
        name.starts(with: Array(".capstan-".utf8)) && name.suffix(5) == Array(".part".utf8)[...]
    }

    /// Where there is no room for it, an earlier one may stay, and a copy begins anew.
    func write(_ content: Content) {
        guard var bytes = try? JSONCoding.encode(content).buffer else { return }
        bytes.writeInteger(UInt8(ascii: "\n"))
        let count = bytes.withUnsafeReadableBytes { pwrite(number, $0.baseAddress, $0.count, 0) }
        if count != bytes.readableBytes { ftruncate(number, 0) }
    }

    func remove() { unlink(path) }

    /// The name of a file while it comes.
    static func part(_ id: String) -> [UInt8] { Array(".capstan-\(id).part".utf8) }

    /// Removes notes that nobody went on with for `patience` seconds, with what had come of their files, and after `memory`
    /// seconds those of copies that are over; blocks.
    static func sweep(_ folder: String, patience: Int, memory: Int) {
        let names = (try? TreeWalk.names(Array(folder.utf8))) ?? []
        for name in names.map({ BytePath.text($0) }) where name.hasSuffix(ending) {
            let id = String(name.dropLast(ending.count))
            var status = stat()
            guard stat(folder + "/" + name, &status) == 0 else { continue }
            let age = time(nil) - status.st_mtim.tv_sec
            guard age > min(patience, memory), let note = try? CopyNote(folder: folder, id: id, makes: false) else {
                continue
            }
            let content = note.read()
            guard age > (content?.ended == nil ? patience : memory) else { continue }
            if content?.ended == nil { content?.removePart(part(id)) }
            note.remove()
        }
    }

    /// The machine's present run.
    static let boot: String = {
        let bytes = try? AtomicFile.read("/proc/sys/kernel/random/boot_id", limit: 256)
        return bytes.map { String(decoding: $0.filter { $0 > 32 }, as: UTF8.self) } ?? ""
    }()
}

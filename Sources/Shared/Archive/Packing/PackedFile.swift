import Glibc
import NIOCore

/// A file whose content is on its way into an archive.
struct PackedFile: ~Copyable {
    private let handle: Handle
    private let path: [UInt8]
    /// Bytes of it that are still to come.
    private(set) var left: Int64
    /// Zeros that follow.
    var padding: Int

    /// - Returns: nil where the file is gone.
    init?(_ found: TreeWalk.Found, from offset: Int64) throws(ArchiveError) {
        // Whatever took the file's place meanwhile: a pipe is not waited for.
        let flags = O_RDONLY | O_NONBLOCK | (found.isRoot ? 0 : O_NOFOLLOW)
        guard let handle = try Handle(opening: found.source, flags) else { return nil }
        var status = stat()
        // Of a file that is gone on with, what was sent before must be of this very one.
        guard fstat(handle.number, &status) == 0, status.isFile, offset == 0 || status.changed == found.changed else {
            throw .changed(BytePath.text(found.source))
        }
        if offset > 0 { lseek(handle.number, off_t(offset), SEEK_SET) }
        self.handle = handle
        path = found.source
        left = found.entry.size - offset
        padding = Int(Tar.padded(found.entry.size) - found.entry.size)
    }

    /// Appends up to `limit` bytes of it.
    mutating func read(into buffer: inout ByteBuffer, limit: Int) throws(ArchiveError) {
        let most = Int(min(Int64(limit), left))
        guard most > 0 else { return }
        var code: Int32 = 0
        let number = handle.number
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
            while true {
                let count = Glibc.read(number, room.baseAddress, most)
                code = count < 0 ? errno : 0
                if count >= 0 || code != EINTR { return max(0, count) }
            }
        }
        guard code == 0 else { throw .system(code, "read", path) }
        guard count > 0 else { throw .changed(BytePath.text(path)) }
        left -= Int64(count)
    }
}

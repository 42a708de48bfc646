import Glibc

/// An open file or folder, closed with its owner. Never inherited by a program.
struct Handle: ~Copyable {
    let number: Int32

    /// Opens `path`, which is relative to `folder` where one is given.
    ///
    /// - Returns: nil where there is nothing of that name, and `flags` do not make it.
    /// - Throws: ``ArchiveError/file(_:)``.
    init?(opening path: [UInt8], in folder: Int32 = AT_FDCWD, _ flags: Int32, mode: mode_t = 0) throws(ArchiveError) {
        var opened: Int32
        repeat {
            opened = BytePath.with(path) { openat(folder, $0, flags | O_CLOEXEC, mode) }
        } while opened < 0 && errno == EINTR
        guard opened >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(errno, "open", path)
        }
        number = opened
    }

    deinit { close(number) }

    /// Writes all of `bytes`; `path` is for the message.
    static func write(_ bytes: UnsafeRawBufferPointer, to number: Int32, _ path: [UInt8]) throws(ArchiveError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(number, rest.baseAddress, rest.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw .system(errno, "write", path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }
}

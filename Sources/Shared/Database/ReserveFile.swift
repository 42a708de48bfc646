import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Disk space kept back for the writes that must not fail: results that already happened.
///
/// On a full disk the holder releases the file, writes what it must, and takes the space again once there is room.
package struct ReserveFile: Sendable {
    /// Bytes kept back by default.
    package static let defaultSize = 4 << 20
    /// Where the space is kept; best beside the database it is for.
    package let path: String
    /// Bytes kept back.
    package let size: Int

    /// A reserve of `size` bytes at `path`; takes nothing yet.
    package init(path: String, size: Int = ReserveFile.defaultSize) {
        self.path = path
        self.size = size
    }

    /// Takes the space, unless it is held already. Blocks for as long as writing `size` bytes takes.
    ///
    /// While less than twice its size is free it stays away: taking the last blocks would cause what it is there to
    /// survive.
    /// - Returns: whether the space is held now; false when there is no room, and then none is taken.
    @discardableResult
    package func hold() -> Bool {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Written, not only sized: a sparse file keeps nothing back.
        let held = lseek(descriptor, 0, SEEK_END)
        guard held < size else { return true }
        let missing = UInt64(size) - UInt64(max(0, held))
        if let free = PrivateFiles.freeBytes(path: path), free < missing.multipliedReportingOverflow(by: 2).partialValue
        {
            return false
        }
        let block = [UInt8](repeating: 0xA5, count: 64 << 10)
        var written = max(0, Int(held))
        while written < size {
            let count = write(descriptor, block, min(block.count, size - written))
            guard count > 0 else {
                unlink(path)
                return false
            }
            written += count
        }
        guard fsync(descriptor) == 0 else {
            unlink(path)
            return false
        }
        return true
    }

    /// Gives the space back to the file system; harmless when none is held.
    package func release() { unlink(path) }
}

import Glibc
import Synchronization

/// Blocks of the disk set aside, so that what must be written can be written when the disk is full.
///
/// A finished attempt's result is the one thing that may not be refused for want of space: ``writing(isDiskFull:_:)`` gives
/// the reserve back to the file system and tries again. ``hold()`` takes it again when there is room.
package final class ReserveFile: Sendable {
    private let path: String
    private let size: Int
    private let held: Mutex<Bool>

    /// - Parameters:
    ///   - path: on the same file system as what it protects.
    ///   - size: bytes kept, 4 MiB unless told otherwise.
    package init(path: String, size: Int = 4 << 20) {
        self.path = path
        self.size = max(size, 1)
        held = Mutex(false)
    }

    /// Whether the reserve is there to be spent.
    package var isHeld: Bool {
        held.withLock { $0 }
    }

    /// Takes the reserve, or takes it again after it was spent; call it at the start and now and then.
    ///
    /// While less than twice its size is free it stays away: taking the last blocks would cause what it is there to survive.
    /// - Returns: whether the reserve is held now.
    /// - Throws: ``FileError`` for anything but a full disk.
    @discardableResult
    package func hold() throws(FileError) -> Bool {
        do throws(FileError) {
            return try held.withLock { (held) throws(FileError) in
                if !held { held = try allocate() }
                return held
            }
        } catch .diskFull {
            return false
        }
    }

    /// Gives the blocks back to the file system.
    package func release() {
        held.withLock { held in
            // Emptied, not removed: to take it again needs no new directory entry.
            truncate(path, 0)
            held = false
        }
    }

    /// Runs `body`, and once more with the reserve released when the disk was full.
    /// - Parameter isDiskFull: tells a full disk from another failure; a database has its own error for it.
    package func writing<Result>(
        isDiskFull: (any Error) -> Bool = ReserveFile.isDiskFull, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch {
            guard isDiskFull(error), isHeld else { throw error }
            release()
            return try body()
        }
    }

    /// Whether `error` is ``FileError/diskFull(_:)``.
    package static func isDiskFull(_ error: any Error) -> Bool {
        guard case .diskFull = error as? FileError else { return false }
        return true
    }

    private func allocate() throws(FileError) -> Bool {
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        if try file.status().st_size == size { return true }
        var space = statvfs()
        try Descriptor.check("fstatvfs", path) { fstatvfs(file.number, &space) }
        let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
        guard overflow || free / 2 >= UInt64(size) else { return false }
        do throws(FileError) {
            try file.truncate(to: 0)
            // Real bytes, not a hole: what is not allocated cannot be given back.
            let code = posix_fallocate(file.number, 0, size)
            guard code == 0 else { throw FileError.system(code, "posix_fallocate", path) }
        } catch {
            try file.truncate(to: 0)
            throw error
        }
        return true
    }
}

import Glibc
import Synchronization

/// The right of one process to work in a state directory, for as long as it lives.
///
/// It is a `flock`, so the kernel lets go of it with the process, however that ends; the pid in the file is only for the
/// message. The file stays in place when the lock is released: removing it would let two processes hold "the" lock.
package final class SingletonLock: Sendable {
    /// Another process holds the lock; `pid` is nil when it has not written its own yet.
    package struct AlreadyRunning: Error, Hashable, Sendable, CustomStringConvertible {
        package let path: String
        package let pid: Int32?

        package var description: String {
            pid.map { "already running (pid \($0))" } ?? "already running (\(path) is locked)"
        }
    }

    /// The pid that an earlier holder left without a clean release: a crash or a power cut, worth a note in the log.
    package let takenOverFrom: Int32?
    private let file: Mutex<Descriptor?>

    /// Takes the lock at `path` (made 0600 if missing) and writes this process's pid into it.
    /// - Throws: ``AlreadyRunning`` when a live process holds it, ``FileError`` when the file cannot be opened or written.
    package init(path: String) throws {
        let file = try SingletonLock.acquire(path)
        takenOverFrom = SingletonLock.pid(in: file)
        try file.truncate(to: 0)
        try file.write(Array("\(getpid())\n".utf8))
        self.file = Mutex(file)
    }

    deinit {
        release()
    }

    /// The pid of the live process that holds the lock at `path`; nil when none does.
    /// - Throws: ``FileError`` when the file cannot be read.
    package static func holder(path: String) throws -> Int32? {
        guard try AtomicFile.readIfPresent(path) != nil else { return nil }
        do {
            // Held for this moment only, and let go of with the descriptor.
            _ = try acquire(path)
            return nil
        } catch let error as AlreadyRunning {
            return error.pid
        }
    }

    /// Lets go of the lock; later calls do nothing.
    package func release() {
        file.withLock { file in
            // An empty file says that the holder left in order, so the next one has nothing to note.
            try? file?.truncate(to: 0)
            // Unlocked by word, not only by closing: a child between fork and exec still has the descriptor.
            file?.unlock()
            file = nil
        }
    }

    private static func acquire(_ path: String) throws -> Descriptor {
        var patience = 10
        while true {
            let file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            if flock(file.number, LOCK_EX | LOCK_NB) != 0 {
                let code = errno
                if code == EINTR { continue }
                guard code == EWOULDBLOCK else { throw FileError.system(code, "flock", path) }
                let holder = pid(in: file)
                // Whoever holds it without a live pid in it only asks in ``holder(path:)``, or has not written it yet.
                if patience > 0, holder.map({ kill($0, 0) != 0 && errno == ESRCH }) ?? true {
                    patience -= 1
                    usleep(10_000)
                    continue
                }
                throw AlreadyRunning(path: path, pid: holder)
            }
            // Someone may have removed the file between open and flock: a lock on a nameless file guards nothing.
            var named = stat()
            let mine = try file.status()
            if stat(path, &named) == 0, named.st_ino == mine.st_ino, named.st_dev == mine.st_dev { return file }
        }
    }

    private static func pid(in file: borrowing Descriptor) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = buffer.withUnsafeMutableBytes { pread(file.number, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").first.flatMap { Int32($0) }
    }
}

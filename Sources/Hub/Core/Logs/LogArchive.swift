import CallProtocol
import Glibc
import NIOCore
import Operations
import Synchronization

/// The hub's copies of logs: a file an attempt, `[offset u64][time u64][kind u8][length u32][bytes]` each piece.
final class LogArchive: Sendable {
    private let folder: String
    private let written = Mutex<Set<String>>([])
    /// Tells who waits for an attempt's writer that it was closed.
    private let closings = ChangeTopics()

    init(folder: String) {
        self.folder = folder
    }

    /// Two levels, so that no folder grows beyond reason.
    private func path(_ attempt: String) -> String { folder + "/" + attempt.suffix(2) + "/" + attempt + ".log" }

    /// Continues the copy of an attempt's log behind its last whole piece. There is one writer at a time: this waits until
    /// the one before is closed, as that of a session that is ending is.
    /// - Throws: ``CallError`` `RESOURCE_EXHAUSTED` when the disk is full, `INTERNAL` for other failures;
    ///   `CancellationError`.
    func writer(_ attempt: String) async throws -> LogArchiveWriter {
        let closing = closings.acquire(attempt)
        defer { closings.release(attempt) }
        while true {
            let mark = closing.mark
            guard !written.withLock({ $0.insert(attempt).inserted }) else { break }
            try await closing.wait(after: mark)
        }
        let path = path(attempt)
        do {
            return try await offload {
                try self.makeFolders(for: path)
                return try LogArchiveWriter(path: path) { self.closed(attempt) }
            }
        } catch {
            closed(attempt)
            throw error
        }
    }

    private func closed(_ attempt: String) {
        written.withLock { _ = $0.remove(attempt) }
        closings.fire(attempt)
    }

    private func makeFolders(for path: String) throws {
        for directory in [folder, String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))] {
            if mkdir(directory, 0o700) == 0 {
                try Self.sync(String(directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.startIndex)))
            } else if errno != EEXIST {
                throw Self.failure(errno, directory)
            }
        }
    }

    /// What reads the copy from its beginning; nil where there is none.
    func reader(_ attempt: String) async throws -> LogArchiveReader? {
        let path = path(attempt)
        return try await offload { try LogArchiveReader(path: path) }
    }

    /// Makes the names in a folder durable.
    static func sync(_ folder: String) throws {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure(errno, folder) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure(errno, folder) }
    }

    static func failure(_ code: Int32, _ path: String) -> CallError {
        code == ENOSPC || code == EDQUOT
            ? CallError(.resourceExhausted, "disk full on hub")
            : CallError(.internalError, "the hub's copy of a log: \(String(cString: strerror(code)))")
    }
}

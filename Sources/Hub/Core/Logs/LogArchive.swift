import CallProtocol
import Glibc
import NIOCore
import Operations
import Synchronization

/// The hub's copies of logs: a file an attempt, `[offset u64][time u64][kind u8][length u32][bytes]` each piece.
final class LogArchive: Sendable {
    private let folder: String
    private let written = Mutex<Set<String>>([])
    /// Looks, 10 ms apart, for a writer that was let go of to be really gone: another thread may hold it a moment longer.
    private static let patience = 50

    init(folder: String) {
        self.folder = folder
    }

    /// Two levels, so that no folder grows beyond reason.
    private func path(_ attempt: String) -> String { folder + "/" + attempt.suffix(2) + "/" + attempt + ".log" }

    /// Continues the copy of an attempt's log behind its last whole piece. There is one writer at a time.
    /// - Throws: ``CallError`` `RESOURCE_EXHAUSTED` when the disk is full, `UNAVAILABLE` while another writes,
    ///   `INTERNAL` for other failures.
    func writer(_ attempt: String) async throws -> LogArchiveWriter {
        var patience = Self.patience
        while !written.withLock({ $0.insert(attempt).inserted }) {
            guard patience > 0 else { throw CallError(.unavailable, "the log of \(attempt) is being copied") }
            patience -= 1
            try await Task.sleep(for: .milliseconds(10))
        }
        let path = path(attempt)
        do {
            return try await offload {
                try self.makeFolders(for: path)
                return try LogArchiveWriter(path: path) { self.written.withLock { _ = $0.remove(attempt) } }
            }
        } catch {
            written.withLock { _ = $0.remove(attempt) }
            throw error
        }
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

    func reader(_ attempt: String) throws -> LogArchiveReader? { try LogArchiveReader(path: path(attempt)) }

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

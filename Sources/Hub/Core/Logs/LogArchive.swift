import CallProtocol
import FoundationEssentials
import Glibc
import NIOCore
import Operations

/// The hub's copies of logs: a file an attempt, `[offset u64][time u64][kind u8][length u32][bytes]` each piece.
final class LogArchive: Sendable {
    private let folder: String

    init(folder: String) {
        self.folder = folder
    }

    /// Two levels, so that no folder grows beyond reason.
    private func path(_ attempt: String) -> String { folder + "/" + attempt.suffix(2) + "/" + attempt + ".log" }

    /// Continues the copy of an attempt's log behind its last whole piece.
    /// - Throws: ``CallError`` `RESOURCE_EXHAUSTED` when the disk is full, `INTERNAL` for other failures.
    func writer(_ attempt: String) throws -> LogArchiveWriter {
        let path = path(attempt)
        for directory in [folder, String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))] {
            if mkdir(directory, 0o700) != 0, errno != EEXIST { throw Self.failure(errno, directory) }
        }
        return try LogArchiveWriter(path: path)
    }

    func reader(_ attempt: String) throws -> LogArchiveReader? { try LogArchiveReader(path: path(attempt)) }

    static func failure(_ code: Int32, _ path: String) -> CallError {
        code == ENOSPC || code == EDQUOT
            ? CallError(.resourceExhausted, "disk full on hub")
            : CallError(.internalError, "the hub's copy of a log: \(String(cString: strerror(code)))")
    }
}

/// Appends pieces. For one task.
final class LogArchiveWriter {
    private let file: Int32
    private let path: String
    /// Output bytes in the file: the offset of what comes next.
    private(set) var size: Int64 = 0

    init(path: String) throws {
        self.path = path
        let reader = try LogArchiveReader(path: path)
        var whole: Int64 = 0
        while let piece = try reader?.next() {
            size = piece.offset + Int64(piece.bytes.readableBytes)
            whole = reader?.position ?? 0
        }
        file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LogArchive.failure(errno, path) }
        guard ftruncate(file, off_t(whole)) == 0, lseek(file, 0, SEEK_END) >= 0 else {
            throw LogArchive.failure(errno, path)
        }
    }

    deinit { close(file) }

    func append(_ piece: LogPiece) throws {
        guard let bytes = Data(base64Encoded: piece.data) else {
            throw CallError(.internalError, "a piece of a log is not base64")
        }
        let kind: UInt8 = piece.kind == .stdout ? 1 : piece.kind == .stderr ? 2 : 3
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(UInt64(piece.offset), UInt64(piece.timeUs), kind, UInt32(bytes.count))
        buffer.writeBytes(bytes)
        var left = buffer.readableBytesView[...]
        while !left.isEmpty {
            let written = left.withContiguousStorageIfAvailable { write(file, $0.baseAddress, $0.count) } ?? 0
            guard written > 0 else {
                if errno == EINTR { continue }
                throw LogArchive.failure(errno, path)
            }
            left = left.dropFirst(written)
        }
        size = piece.offset + Int64(bytes.count)
    }

    /// Makes what was written durable.
    func finish() throws {
        guard fsync(file) == 0 else { throw LogArchive.failure(errno, path) }
    }
}

/// Reads pieces in order. For one task.
final class LogArchiveReader {
    struct Piece {
        var offset: Int64
        var timeUs: Int64
        var kind: LogPiece.Kind
        var bytes: ByteBuffer
    }

    private let file: Int32
    private let path: String
    /// Where the next piece begins in the file.
    private(set) var position: Int64 = 0
    private static let header = 21
    private static let largest = 1 << 20

    /// - Returns: nil when there is no such file.
    init?(path: String) throws {
        self.path = path
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw LogArchive.failure(errno, path)
        }
    }

    deinit { close(file) }

    /// The next whole piece; nil at the end, also before a torn one.
    func next() throws -> Piece? {
        guard
            var head = try read(Self.header, at: position),
            let (offset, time, kind, length) = head.readMultipleIntegers(
                as: (UInt64, UInt64, UInt8, UInt32).self),
            length <= Self.largest, let bytes = try read(Int(length), at: position + Int64(Self.header))
        else { return nil }
        position += Int64(Self.header) + Int64(length)
        return Piece(
            offset: Int64(clamping: offset), timeUs: Int64(clamping: time),
            kind: kind == 1 ? .stdout : kind == 2 ? .stderr : .gap, bytes: bytes)
    }

    private func read(_ count: Int, at place: Int64) throws -> ByteBuffer? {
        var buffer = ByteBuffer()
        while buffer.readableBytes < count {
            let wanted = count - buffer.readableBytes
            let at = off_t(place) + off_t(buffer.readableBytes)
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { target in
                max(0, pread(file, target.baseAddress, wanted, at))
            }
            guard got > 0 else { return nil }
        }
        return buffer
    }
}

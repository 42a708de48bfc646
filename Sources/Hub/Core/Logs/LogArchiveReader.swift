import CallProtocol
import Glibc
import NIOCore
import Operations
import Synchronization

/// Reads pieces in order. For one task at a time. All but ``batch(_:)`` block.
final class LogArchiveReader: Sendable {
    struct Piece {
        var offset: Int64
        var timeUs: Int64
        var kind: LogPiece.Kind
        var bytes: ByteBuffer
    }

    /// A piece without its bytes.
    struct Place {
        var offset: Int64
        var kind: LogPiece.Kind
        /// The offset behind it.
        var end: Int64
    }

    private struct Head {
        var offset: UInt64
        var timeUs: UInt64
        var kind: LogPiece.Kind
        var length: Int
    }

    private let file: Int32
    private let path: String
    /// Where the next piece begins in the file.
    private let place = Mutex<Int64>(0)
    private static let header = 21
    /// The most bytes in one piece.
    static let largest = 1 << 20

    /// - Returns: nil when there is no such file.
    init?(path: String) throws {
        self.path = path
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw LogArchive.failure(errno, path)
        }
    }

    deinit { if file >= 0 { close(file) } }

    /// Where the next piece begins in the file.
    var position: Int64 { place.withLock { $0 } }

    /// The next whole pieces, together about so many bytes, read on a thread that may wait for the disk; none at the end,
    /// also before a torn one.
    func batch(_ bytes: Int = 256 << 10) async throws -> [Piece] {
        try await offload { [self] in
            try place.withLock { position in
                var pieces: [Piece] = []
                var size = 0
                while size < bytes, let piece = try next(&position) {
                    size += Self.header + piece.bytes.readableBytes
                    pieces.append(piece)
                }
                return pieces
            }
        }
    }

    private func next(_ position: inout Int64) throws -> Piece? {
        guard let head = try head(at: position), let bytes = try read(head.length, at: position + Int64(Self.header))
        else { return nil }
        position += Int64(Self.header + head.length)
        return Piece(
            offset: Int64(clamping: head.offset), timeUs: Int64(clamping: head.timeUs), kind: head.kind, bytes: bytes)
    }

    /// Goes past the next whole piece without reading its bytes; nil at the end, also before a torn one.
    func skip() throws -> Place? {
        try place.withLock { position in
            guard let head = try head(at: position) else { return nil }
            let end = position + Int64(Self.header + head.length)
            // The last byte of the piece says that all of it is there.
            if head.length > 0, try read(1, at: end - 1) == nil { return nil }
            position = end
            let offset = Int64(clamping: head.offset)
            return Place(offset: offset, kind: head.kind, end: offset + Int64(head.length))
        }
    }

    private func head(at position: Int64) throws -> Head? {
        guard var bytes = try read(Self.header, at: position),
            let (offset, time, kind, length) = bytes.readMultipleIntegers(as: (UInt64, UInt64, UInt8, UInt32).self),
            (1...3).contains(kind), length <= Self.largest, offset <= UInt64(LogPiece.largestOffset)
        else { return nil }
        return Head(
            offset: offset, timeUs: time, kind: kind == 1 ? .stdout : kind == 2 ? .stderr : .gap, length: Int(length))
    }

    /// So many bytes, or nil where the file is shorter.
    private func read(_ count: Int, at place: Int64) throws -> ByteBuffer? {
        var buffer = ByteBuffer()
        while buffer.readableBytes < count {
            let wanted = count - buffer.readableBytes
            let at = off_t(place) + off_t(buffer.readableBytes)
            var code: Int32 = 0
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { target in
                let result = pread(file, target.baseAddress, wanted, at)
                if result < 0 { code = errno }
                return max(0, result)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw LogArchive.failure(code, path) }
            guard got > 0 else { return nil }
        }
        return buffer
    }
}

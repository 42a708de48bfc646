import CallProtocol
import FoundationEssentials
import Glibc
import NIOCore
import Operations
import Synchronization

/// Appends pieces to one copy. For one task at a time, which closes it.
final class LogArchiveWriter: Sendable {
    private struct State {
        /// Nil when closed.
        var file: Int32?
        var size: Int64 = 0
        /// The file's length in whole pieces.
        var length: Int64 = 0
        /// Where the last piece was a gap.
        var gap: Int64?
    }

    private let path: String
    private let onClose: @Sendable () -> Void
    private let state = Mutex(State())

    /// Opens or makes the file and cuts off what a crash left of a torn piece. Blocks.
    ///
    /// - Parameter onClose: called when the writer is closed; not where this throws.
    init(path: String, onClose: @escaping @Sendable () -> Void = {}) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LogArchive.failure(errno, path) }
        do {
            let reader = try LogArchiveReader(path: path)
            var found = State()
            while let piece = try reader?.skip() {
                found.size = piece.end
                found.gap = piece.kind == .gap ? piece.offset : nil
                found.length = reader?.position ?? 0
            }
            guard ftruncate(file, off_t(found.length)) == 0 else { throw LogArchive.failure(errno, path) }
            found.file = file
            state.withLock { $0 = found }
        } catch {
            Glibc.close(file)
            throw error
        }
        self.path = path
        self.onClose = onClose
    }

    deinit { close() }

    /// Lets the next writer in; what is appended afterwards fails.
    func close() {
        guard let file = state.withLock({ $0.file.take() }) else { return }
        Glibc.close(file)
        onClose()
    }

    /// The offset of what comes next.
    var size: Int64 { state.withLock { $0.size } }

    /// Appends a piece, on a thread that may wait for the disk; what lies before ``size`` is there already and left out.
    /// - Throws: ``CallError``; then nothing of the piece counts.
    func append(_ piece: LogPiece) async throws { try await offload { [self] in try add(piece) } }

    private func add(_ piece: LogPiece) throws {
        guard let data = Data(base64Encoded: piece.data) else {
            throw CallError(.internalError, "a piece of a log is not base64")
        }
        try state.withLock { state in
            var bytes = ByteBuffer(bytes: data)
            let known = max(0, state.size - piece.offset)
            if piece.kind == .gap {
                guard known == 0, state.gap != piece.offset else { return }
            } else {
                guard bytes.readableBytes > known else { return }
                bytes.moveReaderIndex(forwardBy: Int(known))
            }
            var offset = piece.offset + known
            repeat {
                let part = bytes.readSlice(length: min(bytes.readableBytes, LogArchiveReader.largest)) ?? ByteBuffer()
                try write(piece, part, at: offset, &state)
                offset += Int64(part.readableBytes)
            } while bytes.readableBytes > 0
            state.gap = piece.kind == .gap ? piece.offset : nil
        }
    }

    private func write(_ piece: LogPiece, _ bytes: ByteBuffer, at offset: Int64, _ state: inout State) throws {
        guard let file = state.file else { throw CallError(.internalError, "the copy of a log is closed") }
        let kind: UInt8 = piece.kind == .stdout ? 1 : piece.kind == .stderr ? 2 : 3
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(
            UInt64(clamping: offset), UInt64(clamping: piece.timeUs), kind, UInt32(bytes.readableBytes))
        buffer.writeImmutableBuffer(bytes)
        let length = Int64(buffer.readableBytes)
        while buffer.readableBytes > 0 {
            let place = off_t(state.length + length - Int64(buffer.readableBytes))
            let written = buffer.readableBytesView.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, place) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw LogArchive.failure(written == 0 ? ENOSPC : errno, path) }
            buffer.moveReaderIndex(forwardBy: written)
        }
        state.length += length
        state.size = offset + Int64(bytes.readableBytes)
    }

    /// Makes what was written durable, the file's name included.
    func finish() async throws {
        try await offload { [self] in
            guard let file = state.withLock({ $0.file }) else {
                throw CallError(.internalError, "the copy of a log is closed")
            }
            guard fsync(file) == 0 else { throw LogArchive.failure(errno, path) }
            try LogArchive.sync(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
        }
    }
}

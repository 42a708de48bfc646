import Daemon
import Glibc
package import NIOCore
import Synchronization

/// A tree as the bytes of a tar archive, from any byte on. The same tree always gives the same bytes.
package final class ArchivePacker: Sendable {
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var walk: TreeWalk
        /// Bytes that are not wanted.
        var skip: Int64
        /// What was seen so far, and must be what was surveyed, while bytes are skipped.
        var passed: (hash: TreeHash, expected: String)?
        /// What comes before the open file's content.
        var pending: [UInt8] = []
        var file: PackedFile?
        var isOver = false
    }

    /// - Parameters:
    ///   - offset: where in the archive to begin.
    ///   - survey: of the tree as it is now, with this offset as its mark: what comes before it is compared, and only
    ///     folders that it found are gone into. Nil for whatever is there.
    package init(_ source: ArchiveSource, from offset: Int64 = 0, _ survey: ArchiveSurvey? = nil) {
        let passed = survey?.prefix.map { (hash: TreeHash(source), expected: $0) }
        state = Mutex(State(walk: TreeWalk(source, known: survey?.folders), skip: offset, passed: passed))
    }

    /// The next bytes, `limit` at most; nil at the end. Blocks; one caller at a time.
    /// - Throws: ``ArchiveError``.
    package func next(_ limit: Int) throws(ArchiveError) -> ByteBuffer? {
        let result = state.withLock { state -> Result<ByteBuffer?, ArchiveError> in
            do throws(ArchiveError) { return .success(try Self.next(limit, &state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func next(_ limit: Int, _ state: inout State) throws(ArchiveError) -> ByteBuffer? {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(limit)
        while buffer.readableBytes < limit {
            if !state.pending.isEmpty {
                let piece = state.pending.prefix(limit - buffer.readableBytes)
                buffer.writeBytes(piece)
                state.pending.removeFirst(piece.count)
            } else if state.file != nil {
                try state.file?.read(into: &buffer, limit: limit - buffer.readableBytes)
                if state.file?.left == 0 {
                    state.pending = [UInt8](repeating: 0, count: state.file?.padding ?? 0)
                    state.file = nil
                }
            } else if state.isOver {
                break
            } else {
                try begin(&state)
            }
        }
        return buffer.readableBytes > 0 ? buffer : nil
    }

    /// Goes to the next entry of which something is wanted.
    private static func begin(_ state: inout State) throws(ArchiveError) {
        guard let found = try state.walk.next() else {
            state.isOver = true
            state.pending = Array(Tar.end.dropFirst(Int(clamping: state.skip)))
            return
        }
        let header = Tar.header(found.entry)
        let padded = Tar.padded(found.entry.size)
        state.passed?.hash.add(found, header)
        guard state.skip < Int64(header.count) + padded else {
            state.skip -= Int64(header.count) + padded
            return
        }
        if let passed = state.passed.take(), passed.hash.text != passed.expected {
            throw .changed("what comes before \(BytePath.text(found.source))")
        }
        let done = max(0, state.skip - Int64(header.count))
        guard found.entry.size > 0 else {
            state.pending = Array(header.dropFirst(Int(state.skip)))
            state.skip = 0
            return
        }
        // Gone since the walk saw it: as if it had never been there, which only a beginning can say.
        guard let file = try PackedFile(found, from: min(done, found.entry.size)) else {
            guard done == 0 else { throw .changed(BytePath.text(found.source)) }
            return
        }
        state.pending = Array(header.dropFirst(Int(clamping: state.skip)))
        state.file = consume file
        state.skip = 0
        if done > found.entry.size { state.file?.padding -= Int(done - found.entry.size) }
    }
}

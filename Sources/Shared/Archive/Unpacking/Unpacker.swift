import Glibc
import NIOCore
import Synchronization

/// Unpacks an archive as its bytes come. A file has its name when it is whole, with mode and time, and not before; one
/// that was there stays until then. Nothing is ever written through a link that lies below the destination.
final class Unpacker: Sendable {
    /// How often it is told where it is, at the least: after so long, or so many bytes.
    private static let noteInterval = Duration.seconds(1)
    private static let noteBytes = 16 << 20

    /// The archive's first byte that is wanted.
    let start: Int64
    private let note: @Sendable (UnpackPoint) -> Void
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var decoder: TarDecoder
        var tree: UnpackedTree
        /// The file that comes.
        var file: UnpackedFile?
        /// Where in the archive its header is.
        var header: Int64
        /// Where the next one is.
        var nextHeader: Int64
        var files: Int
        var notedAt = ContinuousClock.now
        var bytesSinceNote = 0
        /// Whether what was told last has a file that was coming.
        var hasNotedFile: Bool

        mutating func point() -> UnpackPoint {
            var point = UnpackPoint()
            point.folders = tree.folders
            point.files = files
            point.offset = nextHeader
            guard let entry = file?.entry else { return point }
            point.entry = entry
            point.written = file?.written ?? 0
            point.offset = decoder.offset
            point.header = header
            return point
        }
    }

    /// - Parameters:
    ///   - part: the name that a file has while it comes.
    ///   - point: where an earlier one was left.
    ///   - note: told now and then where another one could go on; calls come one after the other.
    init(
        _ destination: Destination, part: [UInt8], from point: UnpackPoint = UnpackPoint(),
        note: @escaping @Sendable (UnpackPoint) -> Void
    ) throws(ArchiveError) {
        var tree = try UnpackedTree(destination, part: part)
        try tree.take(point.folders, mayMiss: point.offset == 0)
        var point = point
        var file: UnpackedFile?
        let hasNotedFile = point.entry != nil
        if let entry = point.entry {
            file = try UnpackedFile(resuming: entry, at: point.written, tree)
            // It got its name in the last moment: it comes once more.
            if file == nil {
                guard try tree.has(entry) else { throw .changed(entry.pathText) }
                point.goBack()
            }
        }
        start = point.offset
        self.note = note
        state = Mutex(
            State(
                decoder: TarDecoder(at: point.offset, within: point.entry.map { ($0, done: point.written) }),
                tree: tree, file: file.take(), header: point.header, nextHeader: point.nextHeader, files: point.files,
                hasNotedFile: hasNotedFile))
    }

    /// Takes more of the archive; blocks.
    /// - Throws: ``ArchiveError``.
    func write(_ bytes: ByteBuffer) throws(ArchiveError) {
        try locked { state throws(ArchiveError) in
            state.decoder.feed(bytes)
            while let event = try state.decoder.next() {
                switch event {
                case .entry(let entry): try begin(entry, &state)
                case .content(let piece): try Self.add(piece, &state)
                }
            }
            state.bytesSinceNote += bytes.readableBytes
            if state.bytesSinceNote >= Self.noteBytes || state.notedAt.duration(to: .now) >= Self.noteInterval {
                tell(&state)
            }
        }
    }

    private func begin(_ entry: ArchiveEntry, _ state: inout State) throws(ArchiveError) {
        let parts = try state.tree.enter(entry)
        // Told beforehand: a folder that is made here and not known as such would be taken for one that was there. And
        // what was told of an earlier file must not be taken for this one, which comes under the same name.
        if try state.tree.expects(parts, entry) || state.hasNotedFile { tell(&state) }
        state.header = state.nextHeader
        state.nextHeader = state.decoder.offset + Tar.padded(entry.size)
        state.files += 1
        switch entry.kind {
        case .folder: try state.tree.makeFolder(parts)
        case .link: try state.tree.makeLink(parts, entry)
        case .file:
            let file = try UnpackedFile(entry, state.tree)
            if entry.size == 0 { try file.finish(state.tree) } else { state.file = consume file }
        }
    }

    private static func add(_ piece: ByteBuffer, _ state: inout State) throws(ArchiveError) {
        try state.file?.write(piece)
        guard state.file?.isWhole == true, let file = state.file.take() else { return }
        try file.finish(state.tree)
    }

    private func tell(_ state: inout State) {
        let point = state.point()
        note(point)
        state.notedAt = .now
        state.bytesSinceNote = 0
        state.hasNotedFile = point.entry != nil
    }

    /// Tells where it is.
    func pause() { state.withLock { tell(&$0) } }

    /// The archive has ended: sets what is left to be set.
    /// - Throws: ``ArchiveError``, also where its end mark did not come.
    func finish() throws(ArchiveError) -> UnpackPoint {
        try locked { state throws(ArchiveError) in
            try state.decoder.finish()
            try state.tree.leaveAll()
            return state.point()
        }
    }

    /// Folders whose mode and time are still to be set.
    var folders: [ArchiveEntry] { state.withLock { $0.tree.folders } }

    /// Removes what there is of a file that is not whole.
    func removePart() { state.withLock { $0.file.take()?.remove($0.tree) } }

    private func locked<Result: Sendable>(
        _ body: (inout State) throws(ArchiveError) -> Result
    ) throws(ArchiveError) -> Result {
        let result = state.withLock { state -> Swift.Result<Result, ArchiveError> in
            do throws(ArchiveError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

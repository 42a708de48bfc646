import Archive
import CallProtocol
import Daemon
import NIOCore
import Operations
import Synchronization

/// A place on this machine that files of another come to.
final class LocalCopyTarget: CopyTarget {
    private let path: String
    private let manner: Destination.Manner
    private let folder: String
    private let id: String
    private let copy = Mutex<IncomingCopy?>(nil)

    /// - Parameters:
    ///   - origin: stands for where the files come from.
    ///   - folder: keeps word of copies that were cut off; made where it is missing.
    init(_ path: String, from origin: String, _ manner: Destination.Manner, notes folder: StateDirectory) throws {
        self.path = path
        self.manner = manner
        try folder.create()
        self.folder = folder.path
        id = IncomingCopy.Name.id(of: [origin, CopyPlace.here(path).identity(in: LocalFolders.current)])
    }

    func left() async throws -> CopyLeft? {
        let (id, folder) = (id, folder)
        return try await offload {
            IncomingCopy.sweep(notesIn: folder)
            return IncomingCopy.left(id, notesIn: folder).map { CopyLeft(etag: $0.etag, offset: $0.offset) }
        }
    }

    func open(_ archive: CopyArchive) async throws -> (path: String, offset: Int64) {
        let (path, manner, folder) = (path, manner, folder)
        let name = IncomingCopy.Name(id: id, etag: archive.etag)
        let opened = try await offload {
            try IncomingCopy(name, notesIn: folder) { () throws(ArchiveError) in
                try Destination(
                    path, base: LocalFolders.current, home: LocalFolders.home,
                    for: Destination.Coming(name: Array(archive.name.utf8), isFolder: archive.folder), manner)
            }
        }
        copy.withLock { $0 = opened }
        let offset = opened.start ?? archive.bytes
        try opened.destination.checkRoom(for: archive.bytes - offset)
        return (opened.destination.path, offset)
    }

    func write(_ bytes: ByteBuffer) async throws {
        // Whoever stopped it has it.
        guard let copy = copy.withLock({ $0 }) else { throw CancellationError() }
        try await offload { try copy.write(bytes) }
    }

    func finish() async throws {
        guard let copy = copy.withLock({ $0.take() }) else { throw CancellationError() }
        try await offload { try copy.finish() }
    }

    func stop(_ error: any Error) async {
        let copy = copy.withLock { $0.take() }
        try? await offload { (error as? ArchiveError)?.isFinal ?? false ? copy?.abandon() : copy?.pause() }
    }
}

import Archive
import Glibc
import NIOCore
import Operations
import Synchronization

/// Files of this machine, on their way to another.
final class LocalCopyOrigin: CopyOrigin {
    /// Bytes that are read at once.
    private static let readSize = 256 << 10
    private static let surveyStep = 1_000

    private let source: ArchiveSource
    /// This copy's own word.
    private let transfer: String
    private let state = Mutex(State())

    private struct State {
        var packer: ArchivePacker?
        var folders: Set<FileIdentity> = []
    }

    init(_ path: String, transfer: String) {
        source = ArchiveSource(path, base: LocalFolders.current, home: LocalFolders.home)
        self.transfer = transfer
    }

    func open(_ left: CopyLeft?) async throws -> CopyOpening {
        let surveyor = ArchiveSurveyor(source)
        var survey: ArchiveSurvey?
        while survey == nil {
            try Task.checkCancellation()
            survey = try await offload { try surveyor.advance(Self.surveyStep) }
        }
        guard let survey else { throw CancellationError() }
        let archive = CopyArchive(
            etag: survey.etag, bytes: survey.bytes, name: String(decoding: source.name, as: UTF8.self),
            folder: survey.isFolder, transfer: transfer)
        let offset = left.map { $0.etag == survey.etag ? $0.offset : 0 } ?? 0
        state.withLock { $0.folders = survey.folders }
        try await move(to: offset)
        return CopyOpening(
            archive: archive, content: survey.content, entries: survey.entries, offset: offset, skipped: survey.skipped,
            firstSkipped: survey.firstSkipped)
    }

    func move(to offset: Int64) async throws {
        state.withLock { $0.packer = ArchivePacker(source, from: offset, folders: $0.folders) }
    }

    func next() async throws -> ByteBuffer? {
        guard let packer = state.withLock({ $0.packer }) else { return nil }
        return try await offload { try packer.next(Self.readSize) }
    }
}

/// What paths on this machine are relative to.
enum LocalFolders {
    static var current: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    static var home: String { Environment.all["HOME"] ?? current }
}

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
    private let host: String
    private let state = Mutex(State())

    private struct State {
        var packer: ArchivePacker?
        var etag = ""
    }

    init(_ path: String, transfer: String) {
        source = ArchiveSource(path, base: LocalFolders.current, home: LocalFolders.home)
        self.transfer = transfer
        host = LocalFolders.host
    }

    func open(_ left: CopyLeft?) async throws -> CopyOpening {
        let survey = try await survey(mark: left?.offset ?? 0)
        let archive = CopyArchive(
            etag: survey.etag, bytes: survey.bytes, name: String(decoding: source.name, as: UTF8.self),
            folder: survey.isFolder, transfer: transfer, source: IncomingCopy.Name.id(of: [host, path]))
        let offset = left.map { $0.etag == survey.etag ? $0.offset : 0 } ?? 0
        begin(at: offset, survey)
        return CopyOpening(
            archive: archive, content: survey.content, entries: survey.entries, offset: offset,
            skipped: survey.skipped, firstSkipped: survey.firstSkipped)
    }

    func move(to offset: Int64) async throws {
        let etag = state.withLock { $0.etag }
        let survey = try await survey(mark: offset)
        guard survey.etag == etag else { throw ArchiveError.changed(path) }
        begin(at: offset, survey)
    }

    private func begin(at offset: Int64, _ survey: ArchiveSurvey) {
        state.withLock { state in
            state.etag = survey.etag
            state.packer = ArchivePacker(source, from: offset, survey.at(offset))
        }
    }

    private func survey(mark: Int64) async throws -> ArchiveSurvey {
        let surveyor = ArchiveSurveyor(source, mark: mark)
        while true {
            try Task.checkCancellation()
            if let survey = try await offload({ try surveyor.advance(Self.surveyStep) }) { return survey }
        }
    }

    private var path: String { String(decoding: source.path, as: UTF8.self) }

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

    static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static var home: String { Environment.all["HOME"] ?? current }
}

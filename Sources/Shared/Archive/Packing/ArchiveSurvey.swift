import Crypto
import Daemon
import Glibc
import Synchronization

/// What an archive of a tree will be.
package struct ArchiveSurvey: Sendable, Hashable {
    /// Stands for the tree as it is: other after any change of an entry. 32 hexadecimal digits.
    package var etag = ""
    /// The archive's length.
    package var bytes = Int64(Tar.end.count)
    /// Bytes of the files themselves.
    package var content: Int64 = 0
    /// Files, folders and links.
    package var entries = 0
    /// Sockets, pipes and devices, which are left out, and the first of them.
    package var skipped = 0
    package var firstSkipped: String?
    package var isFolder = false
    /// Stands for the tree up to the entry at the byte that was asked about; nil where none was, or there is none.
    package var prefix: String?
    /// The folders there are. What is made in the tree while it is copied is left out: it may be the copy.
    package var folders: Set<FileIdentity> = []
}

extension ArchiveSurvey {
    /// For a packer that begins at `offset`: from the beginning there is nothing to compare.
    package func at(_ offset: Int64) -> ArchiveSurvey {
        var survey = self
        if offset == 0 { survey.prefix = nil }
        return survey
    }
}

/// Finds out what an archive of a tree will be, before it is made.
package final class ArchiveSurveyor: Sendable {
    private struct State {
        var survey = ArchiveSurvey()
        var walk: TreeWalk
        var hash: TreeHash
        let mark: Int64
    }

    private let state: Mutex<State>

    /// - Parameter mark: a byte of the archive, of which ``ArchiveSurvey/prefix`` tells.
    package init(_ source: ArchiveSource, mark: Int64 = 0) {
        state = Mutex(State(walk: TreeWalk(source), hash: TreeHash(source), mark: mark))
    }

    /// Looks at up to `count` more entries; blocks.
    ///
    /// - Returns: the survey when all were seen, nil before.
    /// - Throws: ``ArchiveError``: also for a file that could not be read, so that no copy fails for it half-way.
    package func advance(_ count: Int) throws(ArchiveError) -> ArchiveSurvey? {
        let result = state.withLock { state -> Result<ArchiveSurvey?, ArchiveError> in
            do throws(ArchiveError) { return .success(try Self.advance(count, &state)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func advance(_ count: Int, _ state: inout State) throws(ArchiveError) -> ArchiveSurvey? {
        for _ in 0..<count {
            guard let found = try state.walk.next() else {
                var survey = state.survey
                survey.etag = state.hash.text
                survey.skipped = state.walk.skipped
                survey.firstSkipped = state.walk.firstSkipped.map { BytePath.text($0) }
                return survey
            }
            try add(found, &state)
        }
        return nil
    }

    private static func add(_ found: TreeWalk.Found, _ state: inout State) throws(ArchiveError) {
        let entry = found.entry
        if entry.kind == .file, BytePath.with(found.source, { faccessat(AT_FDCWD, $0, R_OK, AT_EACCESS) }) != 0,
            errno != ENOENT
        {
            throw .system(errno, "read", found.source)
        }
        if state.survey.entries == 0 { state.survey.isFolder = entry.kind == .folder }
        if entry.kind == .folder { state.survey.folders.insert(found.identity) }
        let header = Tar.header(entry)
        state.survey.entries += 1
        state.survey.content += entry.size
        let more = Int64(header.count) + Tar.padded(entry.size)
        // Files with holes may say that they have more than there is.
        guard state.survey.bytes <= .max - more - Tar.sizeLimit else { throw .system(EFBIG, "copy", found.source) }
        state.survey.bytes += more
        state.hash.add(found, header)
        if state.mark > 0, state.survey.prefix == nil, state.survey.bytes - Int64(Tar.end.count) > state.mark {
            state.survey.prefix = state.hash.text
        }
    }
}

/// What stands for a tree, as far as it was walked.
struct TreeHash: Sendable {
    private var hash = SHA256()

    init(_ source: ArchiveSource) { hash.update(data: source.name + [0]) }

    mutating func add(_ found: TreeWalk.Found, _ header: [UInt8]) {
        hash.update(data: header)
        withUnsafeBytes(of: found.changed.littleEndian) { hash.update(bufferPointer: $0) }
    }

    var text: String { hexadecimal(hash.finalize().prefix(16)) }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

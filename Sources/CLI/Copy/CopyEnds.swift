import NIOCore
import Operations

/// How far a copy to a place had come when it was cut off.
struct CopyLeft: Hashable, Sendable {
    var etag: String
    var offset: Int64
}

/// Where the bytes of a copy come from.
protocol CopyOrigin: Sendable {
    /// Finds out what the archive will be, and gets ready to send it: from what was `left` on, where the source is still
    /// the same, else from its beginning.
    func open(_ left: CopyLeft?) async throws -> CopyOpening

    /// Goes to another place of the archive.
    func move(to offset: Int64) async throws

    /// The next bytes; nil at the end.
    func next() async throws -> ByteBuffer?
}

/// An archive whose bytes are about to come.
struct CopyOpening: Sendable {
    var archive: CopyArchive
    /// Bytes of the files themselves.
    var content: Int64
    var entries: Int
    /// Where the bytes begin.
    var offset: Int64
    /// What was left out, and the first of it.
    var skipped = 0
    var firstSkipped: String?
}

/// Where the bytes of a copy go.
protocol CopyTarget: Sendable {
    /// What an earlier copy left there, where that is known before the archive is.
    func left() async throws -> CopyLeft?

    /// Gets ready to receive. - Returns: what comes to be, and the archive's first byte that is wanted; its length where
    /// all of it is there.
    func open(_ archive: CopyArchive) async throws -> (path: String, offset: Int64)

    func write(_ bytes: ByteBuffer) async throws

    /// The archive has ended. Returns when all of it is unpacked.
    func finish() async throws

    /// The copy was cut off: keeps what there is, or gives it up where it cannot go on.
    func stop(_ error: any Error) async
}

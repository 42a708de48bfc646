/// Where an unpacking was left, and can be gone on with.
struct UnpackPoint: Sendable, Hashable, Codable {
    /// The archive's first byte that is wanted.
    var offset: Int64 = 0
    /// The file that was coming; nil between files.
    var entry: ArchiveEntry?
    /// How much of it is there.
    var written: Int64 = 0
    /// Where its header is.
    var header: Int64 = 0
    /// Folders whose mode and time are still to be set.
    var folders: [ArchiveEntry] = []
    /// Entries so far.
    var files = 0

    /// Where the next header is.
    var nextHeader: Int64 {
        guard let entry else { return offset }
        return offset - written + Tar.padded(entry.size)
    }

    /// To the beginning of the file that was coming.
    mutating func goBack() {
        offset = header
        entry = nil
        written = 0
        files -= 1
    }
}

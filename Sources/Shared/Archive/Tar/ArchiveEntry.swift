/// A file, folder or symbolic link as an archive has it.
package struct ArchiveEntry: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable {
        case file, folder, link
    }

    /// Relative, its parts parted by `/`. Bytes, not text: a disk takes names that are no UTF-8.
    package var path: [UInt8]
    package var kind: Kind
    /// Permission bits, 0 to 0o7777.
    package var mode: UInt32
    /// Bytes of a file; 0 for the others.
    package var size: Int64
    /// When the content changed last, nanoseconds since 1970.
    package var modified: Int64
    /// Where a link points to; empty for the others.
    package var target: [UInt8]

    package init(
        path: [UInt8], kind: Kind, mode: UInt32, size: Int64 = 0, modified: Int64 = 0, target: [UInt8] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.size = size
        self.modified = modified
        self.target = target
    }

    /// The path for people.
    package var pathText: String { String(decoding: path, as: UTF8.self) }
}

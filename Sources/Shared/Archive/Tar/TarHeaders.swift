/// Header blocks, read, and what the extended ones said of the entry that comes.
struct TarHeaders: Sendable {
    enum Header {
        /// An extended header of this type and so many bytes follows.
        case extended(UInt8, size: Int)
        case entry(ArchiveEntry)
    }

    private var records = PaxRecords()
    /// Bytes of extended headers since the last entry.
    private var extended = 0

    /// Takes the content of an extended header.
    mutating func take(_ type: UInt8, _ bytes: [UInt8]) throws(ArchiveError) {
        switch type {
        case Tar.Kind.gnuName: records.set(PaxRecords.path, Array(bytes.prefix { $0 != 0 }))
        case Tar.Kind.gnuTarget: records.set(PaxRecords.target, Array(bytes.prefix { $0 != 0 }))
        default:
            guard let read = PaxRecords(bytes) else { throw .malformed("an extended header cannot be read") }
            guard !read.values.contains(where: { $0.key.hasPrefix(PaxRecords.sparse) }) else {
                throw .malformed("files with holes are not taken; pack them without --sparse")
            }
            // What holds for all entries (comments, character sets) says nothing that is used here.
            guard type == Tar.Kind.extended else { return }
            for (key, value) in read.values { records.set(key, value) }
        }
    }

    mutating func read(_ block: [UInt8], at offset: Int64) throws(ArchiveError) -> Header {
        guard let sum = Self.number(block[Tar.Field.checksum]), sum == Int64(Tar.checksum(block)) else {
            throw .malformed("the header at byte \(offset) is damaged, or no header")
        }
        guard let plainSize = Self.number(block[Tar.Field.size]), 0...Tar.sizeLimit ~= plainSize else {
            throw .malformed("the header at byte \(offset) has no size")
        }
        let type = block[Tar.Field.type]
        switch type {
        case Tar.Kind.extended, Tar.Kind.global, Tar.Kind.gnuName, Tar.Kind.gnuTarget:
            guard plainSize <= Int64(max(0, Tar.extendedLimit - extended)) else {
                throw .malformed("the extended header at byte \(offset) has \(plainSize) bytes")
            }
            extended += Int(plainSize) + Tar.blockLength
            return .extended(type, size: Int(plainSize))
        default:
            defer { (records, extended) = (PaxRecords(), 0) }
            return .entry(try entry(block, type, plainSize))
        }
    }

    private func entry(_ block: [UInt8], _ type: UInt8, _ plainSize: Int64) throws(ArchiveError) -> ArchiveEntry {
        var path = records[PaxRecords.path] ?? Self.name(block)
        let isFolder = type == Tar.Kind.folder || (path.last == Self.slash && Self.isFile(type))
        while path.count > 1, path.last == Self.slash { path.removeLast() }
        let text = String(decoding: path, as: UTF8.self)
        let kind: ArchiveEntry.Kind
        switch type {
        case _ where isFolder: kind = .folder
        case _ where Self.isFile(type): kind = .file
        case Tar.Kind.link: kind = .link
        case Tar.Kind.hardLink: throw .malformed("`\(text)` is a hard link; pack with --hard-dereference")
        default: throw .malformed("`\(text)` is no file, folder or symbolic link")
        }
        let size = try records.text(PaxRecords.size).map { text throws(ArchiveError) in
            guard let size = Int64(text), 0...Tar.sizeLimit ~= size else { throw .malformed("a size of `\(text)`") }
            return size
        }
        guard kind == .file || (size ?? plainSize) == 0 else { throw .malformed("`\(text)` has content") }
        return ArchiveEntry(
            path: path, kind: kind, mode: UInt32(clamping: (Self.number(block[Tar.Field.mode]) ?? 0o644) & 0o7777),
            size: size ?? plainSize, modified: modified(block),
            target: kind == .link ? records[PaxRecords.target] ?? Self.text(block[Tar.Field.target]) : [])
    }

    private func modified(_ block: [UInt8]) -> Int64 {
        if let text = records.text(PaxRecords.modified), let time = Self.time(text) { return time }
        let seconds = Self.number(block[Tar.Field.modified]) ?? 0
        let (time, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isTooFar ? 0 : time
    }

    private static let slash = UInt8(ascii: "/")

    private static func isFile(_ type: UInt8) -> Bool {
        type == Tar.Kind.file || type == 0 || type == Tar.Kind.contiguousFile
    }

    /// The name, behind its prefix where there is one. GNU's own headers have other things in that place.
    private static func name(_ block: [UInt8]) -> [UInt8] {
        let name = text(block[Tar.Field.name])
        let prefix = Array(block[Tar.Field.magic]) == Tar.magic ? text(block[Tar.Field.prefix]) : []
        return prefix.isEmpty ? name : prefix + [slash] + name
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits, or the base-256 that GNU writes for large numbers.
    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80, field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
            let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int64(exactly: value)
        }
        let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
        return digits.isEmpty ? 0 : Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    /// Nanoseconds of seconds with a fraction.
    private static func time(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, let seconds = Int64(first), seconds.magnitude < 9_000_000_000 else { return nil }
        let digits = parts.count == 2 ? parts[1].prefix(9) : ""
        guard digits.allSatisfy(\.isNumber) else { return nil }
        let rest = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
        return seconds * 1_000_000_000 + (text.hasPrefix("-") ? -rest : rest)
    }
}

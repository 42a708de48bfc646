/// Headers, written.
extension Tar {
    private static let nanoseconds: Int64 = 1_000_000_000
    /// What eleven octal digits hold.
    private static let octalLimit: Int64 = 1 << 33

    /// The header blocks of an entry; its content follows, padded to whole blocks.
    static func header(_ entry: ArchiveEntry) -> [UInt8] {
        var name = entry.path
        if entry.kind == .folder { name.append(UInt8(ascii: "/")) }
        var records = PaxRecords()
        let hasName = name.count <= Field.name.count
        let hasTarget = entry.target.count <= Field.target.count
        if !hasName { records.set(PaxRecords.path, name) }
        if !hasTarget { records.set(PaxRecords.target, entry.target) }
        if !records.isEmpty, !isText(name) || !isText(entry.target) {
            records.set(PaxRecords.charset, PaxRecords.binary)
        }
        let (seconds, rest) = parts(entry.modified)
        let hasTime = rest == 0 && seconds >= 0 && seconds < octalLimit
        if !hasTime { records.set(PaxRecords.modified, Array(time(seconds, rest).utf8)) }
        let hasSize = entry.size < octalLimit
        if !hasSize { records.set(PaxRecords.size, Array(String(entry.size).utf8)) }
        let block = block(
            name: hasName ? name : Array(name.prefix(Field.name.count)), type: type(entry.kind), mode: entry.mode,
            size: hasSize ? entry.size : 0, seconds: min(max(0, seconds), octalLimit - 1),
            target: hasTarget ? entry.target : [])
        guard !records.isEmpty else { return block }
        var content = records.encoded
        let extended = Self.block(
            name: Array("././@PaxHeader".utf8), type: Kind.extended, mode: 0o644, size: Int64(content.count),
            seconds: 0,
            target: [])
        content += [UInt8](repeating: 0, count: Int(padded(Int64(content.count))) - content.count)
        return extended + content + block
    }

    private static func type(_ kind: ArchiveEntry.Kind) -> UInt8 {
        switch kind {
        case .file: Kind.file
        case .folder: Kind.folder
        case .link: Kind.link
        }
    }

    private static func block(
        name: [UInt8], type: UInt8, mode: UInt32, size: Int64, seconds: Int64, target: [UInt8]
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockLength)
        func put(_ bytes: some Collection<UInt8>, _ field: Range<Int>) {
            for (place, byte) in zip(field, bytes) { block[place] = byte }
        }
        func put(_ number: Int64, _ field: Range<Int>) {
            let digits = String(number, radix: 8)
            put(
                (String(repeating: "0", count: max(0, field.count - 1 - digits.count)) + digits).utf8,
                field)
        }
        put(name, Field.name)
        put(Int64(mode), Field.mode)
        put(0, Field.user)
        put(0, Field.group)
        put(size, Field.size)
        put(seconds, Field.modified)
        block[Field.type] = type
        put(target, Field.target)
        put(magic, Field.magic)
        put(Int64(checksum(block)), Field.checksum.lowerBound..<Field.checksum.upperBound - 1)
        block[Field.checksum.upperBound - 1] = UInt8(ascii: " ")
        return block
    }

    /// Whole seconds, rounded down, and the nanoseconds above them.
    private static func parts(_ time: Int64) -> (seconds: Int64, rest: Int64) {
        let rest = (time % nanoseconds + nanoseconds) % nanoseconds
        return ((time &- rest) / nanoseconds, rest)
    }

    /// Seconds with a fraction, as extended headers have them. Before 1970 the fraction counts away from zero.
    private static func time(_ seconds: Int64, _ rest: Int64) -> String {
        guard rest > 0 else { return String(seconds) }
        let (whole, part) = seconds < 0 ? (seconds + 1, nanoseconds - rest) : (seconds, rest)
        let digits = String(part)
        let sign = seconds < 0 && whole == 0 ? "-" : ""
        return "\(sign)\(whole)." + String(repeating: "0", count: 9 - digits.count) + digits
    }

    private static func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}

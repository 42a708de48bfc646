/// Appends big-endian integers and length-prefixed bytes.
struct ByteWriter {
    var all: [UInt8] = []

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { all.append(contentsOf: $0) }
    }

    mutating func bytes(_ bytes: [UInt8]) {
        integer(UInt32(clamping: bytes.count))
        all += bytes
    }

    mutating func texts(_ texts: [String]) {
        integer(UInt32(clamping: texts.count))
        for text in texts { bytes(Array(text.utf8)) }
    }
}

/// Takes apart what `ByteWriter` put together; nil where the bytes do not suffice or are no text.
struct ByteReader {
    private let all: [UInt8]
    private var position = 0

    init(_ all: [UInt8]) { self.all = all }

    var isAtEnd: Bool { position == all.count }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard all.count - position >= size else { return nil }
        defer { position += size }
        return all[position..<position + size].reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    mutating func bytes() -> [UInt8]? {
        guard let count = integer(UInt32.self), all.count - position >= Int(count) else { return nil }
        defer { position += Int(count) }
        return Array(all[position..<position + Int(count)])
    }

    mutating func text() -> String? {
        guard let bytes = bytes() else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    mutating func texts() -> [String]? {
        // Each text takes four bytes at least, so the count is bounded by what is there.
        guard let count = integer(UInt32.self), Int(count) <= (all.count - position) / 4 else { return nil }
        var texts: [String] = []
        texts.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let text = text() else { return nil }
            texts.append(text)
        }
        return texts
    }
}

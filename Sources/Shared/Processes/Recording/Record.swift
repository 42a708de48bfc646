import CProcesses

/// One entry of a recording.
///
/// On disk, big-endian: offset u64, time u64, type u8, length u32, so many bytes, then the CRC-32 of all before it.
/// A gap's bytes are the offset u64 up to which output is missing; those of a size are columns u16 and rows u16.
package struct Record: Sendable, Equatable {
    package enum Kind: UInt8, Sendable {
        case stdout = 1
        case stderr = 2
        /// Output from `offset` to `end` was lost, because the disk took no more.
        case gap = 3
        /// The terminal has another size from here on.
        case resize = 4
    }

    /// Where the bytes begin, counted over stdout and stderr together in recorded order.
    package var offset: UInt64
    /// Unix microseconds when they were read from the program.
    package var time: UInt64
    package var kind: Kind
    /// The output; empty for a gap; of a size the four bytes.
    package var bytes: [UInt8]
    /// The offset after this record.
    package var end: UInt64

    package init(offset: UInt64, time: UInt64, kind: Kind, bytes: [UInt8], end: UInt64? = nil) {
        self.offset = offset
        self.time = time
        self.kind = kind
        self.bytes = bytes
        self.end = end ?? offset + UInt64(bytes.count)
    }

    /// The size that a ``Kind/resize`` tells; nil for any other.
    package var size: TerminalSize? {
        guard kind == .resize, bytes.count == 4 else { return nil }
        return TerminalSize(
            columns: UInt16(bytes[0]) << 8 | UInt16(bytes[1]), rows: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    }

    static let headLength = 21
    static let tailLength = 4
    /// The most output bytes in one record.
    package static let largestPayload = 65_536
    static let largest = headLength + largestPayload + tailLength
}

/// Writing and reading the bytes of a record.
enum RecordCoding {
    static func store<Value: FixedWidthInteger>(_ value: Value, _ buffer: UnsafeMutableRawBufferPointer, at: Int) {
        buffer.storeBytes(of: value.bigEndian, toByteOffset: at, as: Value.self)
    }

    static func load<Value: FixedWidthInteger>(_: Value.Type, _ buffer: UnsafeRawBufferPointer, at: Int) -> Value {
        Value(bigEndian: buffer.loadUnaligned(fromByteOffset: at, as: Value.self))
    }

    /// Puts head and checksum around a payload that lies at `Record.headLength`; the record's whole length.
    static func frame(
        _ buffer: UnsafeMutableRawBufferPointer, offset: UInt64, time: UInt64, kind: Record.Kind, payload: Int
    ) -> Int {
        store(offset, buffer, at: 0)
        store(time, buffer, at: 8)
        store(kind.rawValue, buffer, at: 16)
        store(UInt32(payload), buffer, at: 17)
        let covered = Record.headLength + payload
        store(cp_crc32(0, buffer.baseAddress, covered), buffer, at: covered)
        return covered + Record.tailLength
    }

    /// What the first bytes of a buffer are.
    enum Parsed {
        /// A whole, sound record of so many bytes.
        case record(Record, length: Int)
        /// The beginning of one.
        case incomplete
        /// No record.
        case damaged
    }

    static func parse(_ buffer: UnsafeRawBufferPointer) -> Parsed {
        guard buffer.count >= Record.headLength else { return .incomplete }
        let payload = Int(load(UInt32.self, buffer, at: 17))
        guard payload <= Record.largestPayload, let kind = Record.Kind(rawValue: buffer[16]) else { return .damaged }
        let covered = Record.headLength + payload
        guard buffer.count >= covered + Record.tailLength else { return .incomplete }
        guard load(UInt32.self, buffer, at: covered) == cp_crc32(0, buffer.baseAddress, covered) else {
            return .damaged
        }
        let offset = load(UInt64.self, buffer, at: 0)
        var record = Record(offset: offset, time: load(UInt64.self, buffer, at: 8), kind: kind, bytes: [], end: offset)
        if kind == .gap {
            guard payload == 8 else { return .damaged }
            record.end = load(UInt64.self, buffer, at: Record.headLength)
        } else if kind == .resize {
            guard payload == 4 else { return .damaged }
            record.bytes = Array(buffer[Record.headLength..<covered])
        } else {
            record.bytes = Array(buffer[Record.headLength..<covered])
            let (end, overflow) = offset.addingReportingOverflow(UInt64(payload))
            guard !overflow else { return .damaged }
            record.end = end
        }
        guard record.end >= record.offset else { return .damaged }
        return .record(record, length: covered + Record.tailLength)
    }
}

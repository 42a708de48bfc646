import Glibc

/// Appends a program's output to its recording, one write a record, and never fails: what the disk does not take
/// becomes a gap, what is over the limit is counted and left out.
///
/// The limit is one of the disk too: what frames the records may take a sixteenth of it and 64 KiB besides, which is
/// much for output that comes in lines, and little for a program that writes it byte by byte.
package struct RecordingWriter: ~Copyable {
    private let fd: Int32
    /// Output from this offset on is left out.
    private var limit: UInt64
    /// The length that the file never passes, but for the record of a last gap.
    private let lengthLimit: UInt64
    /// Room for one record; the payload lies where it is written from, so output is never copied.
    private let buffer: UnsafeMutableRawBufferPointer
    /// The length of the file up to its last whole record.
    private var position: UInt64 = 0
    /// Where the output begins that could not be written and has no gap record yet.
    private var gapStart: UInt64?
    package private(set) var outputBytes: UInt64 = 0
    package private(set) var recordedBytes: UInt64 = 0
    package private(set) var gapBytes: UInt64 = 0
    package private(set) var truncated = false
    /// Whether something was written since the last `sync`.
    package private(set) var isDirty = false

    /// Writes to an empty file; the descriptor is closed with the writer.
    package init(fd: Int32, limit: UInt64) {
        self.fd = fd
        self.limit = limit
        let (length, overflow) = limit.addingReportingOverflow(limit / 16 + 65_536)
        lengthLimit = overflow ? .max : length
        buffer = .allocate(byteCount: Record.largest, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        close(fd)
    }

    /// Where the next payload is to be put before `append`.
    package var payload: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: buffer[Record.headLength..<Record.headLength + Record.largestPayload])
    }

    /// Records the first `count` bytes of `payload` as output of the given kind.
    package mutating func append(_ kind: Record.Kind, count: Int, time: UInt64) {
        let offset = outputBytes
        outputBytes += UInt64(count)
        // The limit counts all output, lost bytes too, so that offsets in the recording never pass it.
        let room = limit > offset ? limit - offset : 0
        let kept = Int(min(UInt64(count), room, lengthRoom))
        if kept < count {
            truncated = true
            // Less may have room later, but nothing may be missing in between.
            limit = min(limit, offset + UInt64(kept))
        }
        guard kept > 0 else { return }
        // An earlier gap goes first, or offsets would jump. It is written from a place of its own.
        guard closeGap(upTo: offset, time: time),
            put(RecordCoding.frame(buffer, offset: offset, time: time, kind: kind, payload: kept), of: buffer)
        else {
            gapStart = gapStart ?? offset
            gapBytes += UInt64(kept)
            return
        }
        recordedBytes += UInt64(kept)
    }

    /// Notes that the terminal has another size from here on; not where the disk or the limit has no room for it.
    package mutating func note(_ size: TerminalSize, time: UInt64) {
        guard !truncated, lengthRoom > 64, closeGap(upTo: outputBytes, time: time) else { return }
        let offset = outputBytes
        _ = withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { small in
            RecordCoding.store(size.columns, small, at: Record.headLength)
            RecordCoding.store(size.rows, small, at: Record.headLength + 2)
            return put(RecordCoding.frame(small, offset: offset, time: time, kind: .resize, payload: 4), of: small)
        }
    }

    /// Output that the length of the file leaves room for in one more record.
    private var lengthRoom: UInt64 {
        let framed = position + UInt64(Record.headLength + Record.tailLength)
        return lengthLimit > framed ? lengthLimit - framed : 0
    }

    /// Brings what was written to the disk.
    package mutating func sync() {
        isDirty = false
        _ = fdatasync(fd)
    }

    /// The last attempt to say what is missing, and everything to the disk.
    package mutating func finish(time: UInt64) {
        _ = closeGap(upTo: min(outputBytes, limit), time: time)
        isDirty = false
        _ = fsync(fd)
    }

    /// Writes the record of a gap that is open, if any. False when the disk does not take even that.
    private mutating func closeGap(upTo end: UInt64, time: UInt64) -> Bool {
        guard let start = gapStart else { return true }
        let written = withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { small in
            RecordCoding.store(end, small, at: Record.headLength)
            let length = RecordCoding.frame(small, offset: start, time: time, kind: .gap, payload: 8)
            return put(length, of: small)
        }
        if written { gapStart = nil }
        return written
    }

    /// Writes a whole record or leaves the file as it was.
    private mutating func put(_ length: Int, of bytes: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < length {
            let result = pwrite(fd, bytes.baseAddress?.advanced(by: done), length - done, off_t(position) + off_t(done))
            if result > 0 {
                done += result
            } else if result == 0 || errno != EINTR {
                if done > 0 { _ = ftruncate(fd, off_t(position)) }
                return false
            }
        }
        position += UInt64(length)
        isDirty = true
        return true
    }
}

import CProcesses
import Glibc

/// Reads a recording in order, also while it is being written: after nil, `next` may be called again and finds
/// what was added meanwhile. Holds at most one chunk of 256 KiB in memory. Not for concurrent use.
package final class RecordingReader {
    /// A place between two records, to go on from later without reading what lies before it.
    package struct Position: Sendable, Hashable {
        /// Byte in the file.
        package var file: UInt64
        /// Output offset that the next record begins with.
        package var offset: UInt64

        package init(file: UInt64 = 0, offset: UInt64 = 0) {
            self.file = file
            self.offset = offset
        }
    }

    private static let chunk = 1 << 18
    private let file: Descriptor
    private var buffer: [UInt8] = []
    /// How much of `buffer` was returned already.
    private var used = 0
    /// Output before this offset is left out of what `next` returns.
    private var wanted: UInt64 = 0
    /// The place after the last record that was returned.
    package private(set) var position: Position

    /// Opens the recording at `path`, or goes on from an earlier position of the same file.
    package init(path: String, from position: Position = Position()) throws(SystemError) {
        file = Descriptor(try SystemError.check("open \(path)", cp_open(path, O_RDONLY, 0)))
        self.position = position
    }

    /// The next record, or nil when there is no whole one at the moment: the end so far, a torn tail, or damage.
    package func next() throws(SystemError) -> Record? {
        while true {
            guard var record = try nextStored() else { return nil }
            guard record.end > wanted || record.offset >= wanted else { continue }
            if record.offset < wanted {
                if !record.bytes.isEmpty { record.bytes.removeFirst(Int(wanted - record.offset)) }
                record.offset = wanted
            }
            return record
        }
    }

    /// The present length of the file in bytes; 0 when the system does not say.
    package var length: UInt64 {
        var status = stat()
        return fstat(file.fd, &status) == 0 ? UInt64(max(status.st_size, 0)) : 0
    }

    /// Makes `next` return output from `offset` on; a record that holds it is shortened. Going back reads the file
    /// again from its start.
    package func seek(toOffset offset: UInt64) {
        wanted = offset
        guard offset < position.offset else { return }
        position = Position()
        forget()
    }

    private func nextStored() throws(SystemError) -> Record? {
        var fresh = false
        while true {
            let parsed = buffer.withUnsafeBytes { RecordCoding.parse(UnsafeRawBufferPointer(rebasing: $0[used...])) }
            switch parsed {
            case .record(let record, let length):
                used += length
                position = Position(file: position.file + UInt64(length), offset: record.end)
                return record
            case .incomplete where fresh, .damaged where fresh:
                // Never kept: the writer takes back half a record when the disk is full.
                forget()
                return nil
            case .incomplete, .damaged:
                // Damage too is looked at once more, for it may be two states of a file being written.
                try load()
                fresh = true
            }
        }
    }

    private func forget() {
        buffer.removeAll(keepingCapacity: true)
        used = 0
    }

    /// Reads a chunk from the position on, which is enough for any record.
    private func load() throws(SystemError) {
        var failure: Int32 = 0
        used = 0
        buffer = [UInt8](unsafeUninitializedCapacity: Self.chunk) { memory, count in
            while count < Self.chunk {
                let result = pread(
                    file.fd, memory.baseAddress?.advanced(by: count), Self.chunk - count,
                    off_t(clamping: position.file) + off_t(count))
                if result > 0 {
                    count += result
                } else if result == 0 || errno != EINTR {
                    failure = result < 0 ? errno : 0
                    break
                }
            }
        }
        if failure != 0 { throw SystemError("read a recording", code: failure) }
    }
}

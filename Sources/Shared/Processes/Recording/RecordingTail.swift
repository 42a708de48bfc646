import CProcesses
import Glibc

/// The end of a recording, found from its end: what lies before is not read, however much it is.
package enum RecordingTail {
    /// Bytes of the file that are looked at.
    private static let chunk = 1 << 18

    /// The last records of a recording, the newest first, as many as lie in the last 256 KiB of the file. Empty where
    /// there is none, and where the last one is being written at this moment.
    package static func records(of path: String) throws(SystemError) -> [Record] {
        let file = Descriptor(try SystemError.check("open \(path)", cp_open(path, O_RDONLY, 0)))
        var status = stat()
        guard fstat(file.fd, &status) == 0 else { throw SystemError("read \(path)", code: errno) }
        let start = max(0, status.st_size - off_t(chunk))
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size - start)) { room, count in
            count = max(0, pread(file.fd, room.baseAddress, room.count, start))
        }
        return bytes.withUnsafeBytes { bytes in
            var records: [Record] = []
            var end = bytes.count
            while let (record, begin) = last(UnsafeRawBufferPointer(rebasing: bytes[..<end])) {
                records.append(record)
                end = begin
            }
            return records
        }
    }

    /// The record that ends where the bytes do, and where it begins: the one whose length and checksum say so.
    private static func last(_ bytes: UnsafeRawBufferPointer) -> (Record, begin: Int)? {
        let frame = Record.headLength + Record.tailLength
        guard bytes.count >= frame else { return nil }
        for payload in 0...min(Record.largestPayload, bytes.count - frame) {
            let begin = bytes.count - frame - payload
            guard RecordCoding.load(UInt32.self, bytes, at: begin + 17) == UInt32(payload) else { continue }
            let parsed = RecordCoding.parse(UnsafeRawBufferPointer(rebasing: bytes[begin...]))
            if case .record(let record, payload + frame) = parsed { return (record, begin) }
        }
        return nil
    }
}

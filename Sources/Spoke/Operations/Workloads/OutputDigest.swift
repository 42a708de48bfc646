import Crypto
import Processes

/// What a recording holds, taken in one pass over it.
struct OutputDigest: Sendable {
    /// SHA-256 in hex over stdout and stderr payload in recorded order.
    var hash: String
    /// Bytes that went into the hash.
    var bytes: Int64
    /// The offset after the last record: output that is recorded or known to be missing.
    var end: Int64

    /// Of a recording that is not there.
    static let none = OutputDigest(hash: Bytes.sha256([]), bytes: 0, end: 0)

    /// Reads the whole recording; blocks. One that cannot be read counts as empty from there on.
    static func of(_ path: String) -> OutputDigest {
        guard let reader = try? RecordingReader(path: path) else { return none }
        var hash = SHA256()
        var bytes: Int64 = 0
        while let record = try? reader.next() {
            hash.update(data: record.bytes)
            bytes += Int64(record.bytes.count)
        }
        return OutputDigest(
            hash: Bytes.hex(hash.finalize()), bytes: bytes, end: Int64(clamping: reader.position.offset))
    }
}

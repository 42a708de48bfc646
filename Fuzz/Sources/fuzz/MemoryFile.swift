import Glibc

/// A file that is in memory only and has a path nevertheless.
final class MemoryFile {
    private let descriptor: CInt

    init() {
        var name = Array("/dev/shm/capstan-fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        must(descriptor >= 0 && unlink(name) == 0, "there is memory for a file")
    }

    deinit { close(descriptor) }

    var path: String { "/proc/self/fd/\(descriptor)" }

    /// A descriptor of its own for whoever closes it.
    func duplicate() -> CInt { dup(descriptor) }

    func replace(with bytes: [UInt8]) {
        must(ftruncate(descriptor, 0) == 0, "a file can be emptied")
        must(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, "a file can be written")
    }
}

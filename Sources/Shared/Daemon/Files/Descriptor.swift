import Glibc

/// An open file that is closed when its owner goes; thin words over the system calls, with EINTR handled and typed errors.
struct Descriptor: ~Copyable {
    let number: Int32
    /// For messages only.
    let path: String

    /// Opens `path`; CLOEXEC is always set, so that no program started by Capstan inherits the file.
    init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(FileError) {
        number = try Descriptor.check("open", path) { open(path, flags | O_CLOEXEC, mode) }
        self.path = path
    }

    deinit {
        close(number)
    }

    /// Writes all of `bytes`, however many system calls that takes.
    func write(_ bytes: [UInt8]) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            done += Int(
                try Descriptor.check("write", path) {
                    rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
                })
        }
    }

    /// Reads to the end of the file, at most `limit` bytes.
    func read(limit: Int) throws(FileError) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Int(
                try Descriptor.check("read", path) {
                    buffer.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
                })
            guard count > 0 else { return all }
            guard all.count + count <= limit else { throw .tooLarge(path, limit: limit) }
            all.append(contentsOf: buffer[..<count])
        }
    }

    /// Forces the content to the disk.
    func sync() throws(FileError) {
        try Descriptor.check("fsync", path) { fsync(number) }
    }

    func truncate(to length: Int) throws(FileError) {
        try Descriptor.check("ftruncate", path) { ftruncate(number, length) }
    }

    /// Sets the mode whatever the umask is.
    func setMode(_ mode: mode_t) throws(FileError) {
        try Descriptor.check("fchmod", path) { fchmod(number, mode) }
    }

    /// Ends a `flock`, for every copy of this descriptor.
    func unlock() {
        flock(number, LOCK_UN)
    }

    func status() throws(FileError) -> stat {
        var status = stat()
        try Descriptor.check("fstat", path) { fstat(number, &status) }
        return status
    }

    /// Runs a system call again while it is interrupted, and turns -1 into its error.
    @discardableResult
    static func check<Result: SignedInteger>(
        _ operation: String, _ path: String, _ call: () -> Result
    ) throws(FileError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw FileError.system(code, operation, path) }
        }
    }
}

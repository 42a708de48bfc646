import Glibc

/// The three descriptors that every process is expected to have.
enum StandardStreams {
    /// Puts /dev/null in the place of those that were closed when the process started: the next file that is opened would
    /// get their number otherwise, and be read as input or written to as output.
    ///
    /// Input is empty then. Output cannot be written, and is reported as it is without a descriptor; messages are dropped.
    static func fill() {
        for (fd, mode) in [(Int32(0), O_RDONLY), (1, O_RDONLY), (2, O_RDWR)] where fcntl(fd, F_GETFD) < 0 {
            // The lowest free number is given, and those below are taken.
            _ = open("/dev/null", mode)
        }
    }
}

import Glibc
import NIOCore
import Processes

/// Why bytes could not be written to stdout or stderr.
enum OutputFailure: Error, Hashable {
    /// Whoever read them is gone.
    case closed
    /// Any other reason of the system, its errno.
    case failed(Int32)
}

/// A standard stream that is written whole, without blocking a thread while its reader is slow. One task at a time.
///
/// The flags of the stream we were given belong to every process that shares it, so a pipe or a terminal is opened
/// anew, non-blocking, by its name in /proc; where that is refused, writes block.
final class OutputDescriptor: Sendable {
    private let fd: Int32
    private let isSocket: Bool

    /// - Parameter original: 1 or 2, open or not.
    init(_ original: Int32) {
        var status = stat()
        let kind = fstat(original, &status) == 0 ? status.st_mode & S_IFMT : 0
        isSocket = kind == S_IFSOCK
        guard kind == S_IFIFO || (kind == S_IFCHR && isatty(original) == 1) else {
            fd = original
            return
        }
        let own = open("/proc/self/fd/\(original)", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        fd = own >= 0 ? own : original
    }

    deinit {
        if fd > 2 { close(fd) }
    }

    /// Returns when all of `bytes` is with the system.
    func write(_ bytes: ByteBuffer) async throws(OutputFailure) {
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = rest.withUnsafeReadableBytes { bytes in
                isSocket
                    ? send(fd, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                    : Glibc.write(fd, bytes.baseAddress, bytes.count)
            }
            if count >= 0 {
                rest.moveReaderIndex(forwardBy: count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: do { try await Poller.shared.writable(fd) } catch { throw .failed(EAGAIN) }
            case EPIPE, ECONNRESET: throw .closed
            default: throw .failed(errno)
            }
        }
    }
}

import Glibc
import NIOCore
import Processes

/// A standard stream that is read as it comes, without blocking a thread while nothing does. One task at a time.
struct InputDescriptor: Sendable {
    let fd: Int32

    init(_ fd: Int32 = 0) {
        self.fd = fd
    }

    /// Whether a person types into it.
    var isTerminal: Bool { isatty(fd) == 1 }

    /// Appends at most `limit` bytes to `buffer`; 0 at the end of the input, which a closed descriptor has reached.
    /// - Throws: `CancellationError` promptly when cancelled, a ``Failure`` when the system refuses.
    func read(into buffer: inout ByteBuffer, limit: Int) async throws -> Int {
        guard fd >= 0 else { return 0 }
        while true {
            // Asked first, because the descriptor may be a blocking one and its flags are not ours to change.
            var entry = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, 0) == 0 {
                try await Poller.shared.readable(fd)
                continue
            }
            var outcome = 0
            var code: Int32 = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: limit) { room in
                outcome = Glibc.read(fd, room.baseAddress, min(limit, room.count))
                code = errno
                return max(0, outcome)
            }
            if outcome >= 0 { return outcome }
            switch code {
            case EINTR, EAGAIN: continue
            case EBADF, EIO: return 0
            default: throw Failure.failed("cannot read stdin: \(String(cString: strerror(code)))")
            }
        }
    }

    /// All of it, as text.
    /// - Throws: a ``Failure`` when it is longer than `limit` bytes.
    func text(limit: Int) async throws -> String {
        var buffer = ByteBuffer()
        while try await read(into: &buffer, limit: 65_536) > 0 {
            guard buffer.readableBytes <= limit else { throw Failure.misuse("stdin is longer than \(limit) bytes") }
        }
        return String(buffer: buffer)
    }
}

import CProcesses
import Glibc
import Synchronization

/// Our end of a pipe or of a terminal: non-blocking, closed once, never used after.
final class PipeEnd: Sendable {
    /// The descriptor, -1 once closed. Reads and writes happen under the lock: they never block, and the number
    /// cannot be given to another file in between.
    private let descriptor: Mutex<Int32>
    private let direction: PollerDirection
    private let poller: Poller

    init(_ fd: Int32, _ direction: PollerDirection, poller: Poller) {
        descriptor = Mutex(fd)
        self.direction = direction
        self.poller = poller
        _ = cp_set_nonblocking(fd)
    }

    deinit {
        descriptor.withLock { fd in
            if fd >= 0 { Glibc.close(fd) }
        }
    }

    var isClosed: Bool { descriptor.withLock { $0 < 0 } }

    func close() {
        let woken: PollerWoken? = descriptor.withLock { fd in
            guard fd >= 0 else { return nil }
            defer {
                Glibc.close(fd)
                fd = -1
            }
            return poller.forget(fd)
        }
        woken?.wake()
    }

    /// What `body` makes of the descriptor, while nobody can close it; nil once it is closed.
    func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result? {
        descriptor.withLock { fd in fd >= 0 ? body(fd) : nil }
    }

    /// Returns when a read or write would not block, also when the end is closed meanwhile.
    func ready() async throws {
        try await poller.wait(direction) { register in
            descriptor.withLock { fd in register(fd >= 0 ? fd : nil) }
        }
    }

    /// At the end of file the descriptor is closed.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ProcessIOError) -> ReadResult {
        guard buffer.count > 0 else { return .wouldBlock }
        let result = descriptor.withLock { fd in
            fd < 0 ? 0 : Self.retrying { Glibc.read(fd, buffer.baseAddress, buffer.count) }
        }
        if result > 0 { return .bytes(result) }
        if result == -Int(EAGAIN) { return .wouldBlock }
        close()
        // A terminal says it so that nobody has the other side any more.
        if result == 0 || result == -Int(EIO) { return .end }
        throw ProcessIOError.system(SystemError("read from a program", code: Int32(-result)))
    }

    /// Throws `closed` when the other side is gone; the descriptor is closed then.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ProcessIOError) -> WriteResult {
        guard bytes.count > 0 else { return .bytes(0) }
        let result = descriptor.withLock { fd in
            fd < 0 ? -Int(EPIPE) : Self.retrying { Glibc.write(fd, bytes.baseAddress, bytes.count) }
        }
        if result > 0 { return .bytes(result) }
        if result == 0 || result == -Int(EAGAIN) { return .wouldBlock }
        close()
        if result == -Int(EPIPE) || result == -Int(EIO) { throw ProcessIOError.closed }
        throw ProcessIOError.system(SystemError("write to a program", code: Int32(-result)))
    }

    /// The call's result, or its negative errno.
    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { return -Int(errno) }
        }
    }
}

import Glibc
import Synchronization

/// Lines to an open descriptor: a terminal, a pipe to a service manager, a file.
///
/// A reader that stopped reading costs ``patience`` once; from then on lines are dropped at once until it reads again, and
/// the first line that gets through is preceded by one that tells how many were lost. A reader that is gone (EPIPE) is no
/// error and raises no SIGPIPE.
package final class DescriptorSink: LineSink {
    private struct State {
        var dropped = 0
        var isStalled = false
        var isMidLine = false
    }

    private let number: Int32
    private let patience: Int32
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptor: stays the caller's and is not closed.
    ///   - patience: milliseconds to wait for a slow reader before lines are dropped.
    package init(descriptor: Int32, patience: Int32 = 100) {
        number = descriptor
        self.patience = patience
        SignalWatch.ignoreBrokenPipes()
    }

    @discardableResult
    package func write(_ line: [UInt8]) -> Bool {
        state.withLock { state in
            var bytes: [UInt8] = []
            if state.isMidLine { bytes.append(UInt8(ascii: "\n")) }
            if state.dropped > 0 { bytes += DescriptorSink.gap(state.dropped) }
            bytes += line
            let written = push(bytes, waiting: state.isStalled ? 0 : patience)
            if written == bytes.count {
                state = State()
                return true
            }
            state.isStalled = true
            state.dropped += 1
            if written > 0 { state.isMidLine = bytes[written - 1] != UInt8(ascii: "\n") }
            return false
        }
    }

    private static func gap(_ dropped: Int) -> [UInt8] {
        var line = JSONLine()
        line.add("msg", "lines_dropped")
        line.add("count", .integer(Int64(dropped)))
        return line.finish()
    }

    /// Writes as much as the reader takes in time; the count of bytes written.
    private func push(_ bytes: [UInt8], waiting patience: Int32) -> Int {
        var done = 0
        while done < bytes.count {
            var ready = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
            let answer = poll(&ready, 1, patience)
            if answer < 0 && errno == EINTR { continue }
            guard answer > 0, ready.revents & Int16(POLLOUT) != 0 else { return done }
            // A pipe that polls writable takes PIPE_BUF without blocking; more might block.
            let part = bytes[done..<min(done + Int(PIPE_BUF), bytes.count)]
            let count = part.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count > 0 else { return done }
            done += count
        }
        return done
    }
}

import CProcesses
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A terminal's output, read by an event loop for who passes it on from there: no other thread is woken for the echo of a key. Where
/// there is much of it, it is read from the terminal itself, until nothing is there: a channel's reads are small, and its bytes copied.
///
/// A channel that is told that its terminal was hung up, and reads when somebody has just opened it again, ends this process. So the
/// program's side of the terminal is held open as long as the channel is there, and nothing is hung up: until ``stop()``, when the
/// program has ended or its output is wanted no more. What is left then is read from the terminal itself.
final class TerminalReader: Sendable {
    /// So many bytes at once are much.
    static let much = 1 << 10

    struct State {
        var bytes = ByteBuffer()
        /// Nil before it reads, and after.
        var channel: (any Channel)?
        /// Who waits for something to read.
        var waiter: CheckedContinuation<Void, Never>?
        /// Whether the channel is to read no more.
        var isPaused = false
        /// Whether it does not, and the terminal itself may be read.
        var isAside = false
        var isStopped = false
        var isOver = false
        /// The program's side of the terminal; closed when it is over.
        var side: Int32
        /// Whether the channel has the descriptor that it reads, and closes it.
        var hasDescriptor = false
    }

    let state: Mutex<State>

    /// Begins to read a terminal. Nil where the system does not give its other side.
    /// - Parameter terminal: stays the caller's, who reads it only where ``take(into:)`` says so.
    init?(_ terminal: Int32, on loop: any EventLoop) {
        // Nil for a loop that knows no descriptors.
        guard let bootstrap = NIOPipeBootstrap(validatingGroup: loop) else { return nil }
        let side = cp_terminal_side(terminal)
        guard side >= 0 else { return nil }
        state = Mutex(State(side: side))
        let copy = fcntl(terminal, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return nil }
        bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    self.state.withLock { $0.hasDescriptor = true }
                    try channel.pipeline.syncOperations.addHandler(TerminalHandler(reader: self))
                }
            }
            .takingOwnershipOfDescriptor(input: copy)
            .whenComplete { result in
                switch result {
                case .success(let channel): self.begun(channel)
                case .failure:
                    if !self.state.withLock({ $0.hasDescriptor }) { Glibc.close(copy) }
                    self.end()
                }
            }
    }

    deinit {
        state.withLock { state in
            if state.side >= 0 { Glibc.close(state.side) }
        }
    }

    /// What was read, as far as there is room for it; nil where nothing is left and the terminal itself is to be read.
    func take(into room: UnsafeMutableRawBufferPointer) -> ReadResult? {
        state.withLock { state in
            let count = min(room.count, state.bytes.readableBytes)
            guard count > 0 else { return state.isOver || state.isAside ? nil : .wouldBlock }
            state.bytes.readWithUnsafeReadableBytes { bytes in
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
                return count
            }
            return .bytes(count)
        }
    }

    /// Bytes that were read and not taken.
    var waiting: Int { state.withLock { $0.bytes.readableBytes } }

    /// Waits until there is something to take or to read. False where this is over, and the terminal itself is to be waited for. Throws
    /// `CancellationError` when cancelled.
    func ready() async throws -> Bool {
        resume()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.bytes.readableBytes > 0 || state.isOver || state.isAside { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
                // A cancellation before the line above found nobody to wake.
                if Task.isCancelled { wake() }
            }
        } onCancel: {
            wake()
        }
        try Task.checkCancellation()
        return state.withLock { !$0.isOver || $0.bytes.readableBytes > 0 }
    }

    /// Lets the channel read again: the terminal itself has nothing more.
    private func resume() {
        let channel = state.withLock { state -> (any Channel)? in
            guard state.isAside, state.bytes.readableBytes == 0 else { return nil }
            (state.isAside, state.isPaused) = (false, false)
            return state.channel
        }
        channel?.setOption(.autoRead, value: true).whenFailure { _ in }
    }

    private func wake() { state.withLock { $0.waiter.take() }?.resume() }

    /// Reads no more. What was read is still there to be taken.
    func stop() {
        let channel = state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        channel?.close(promise: nil)
    }
}

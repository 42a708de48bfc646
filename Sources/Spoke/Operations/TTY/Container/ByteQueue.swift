import NIOCore
import Processes
import Synchronization

/// Bytes on their way from one task to another, a bounded number of them: who puts in more waits.
final class ByteQueue: Sendable {
    private struct State {
        var bytes = ByteBuffer()
        /// Nothing more is put in.
        var isFinished = false
        /// Nobody wants more.
        var isClosed = false
        /// How many of the bytes may be taken, where what was put in later is held back.
        var free: Int?

        /// Takes what may be taken.
        mutating func take() -> ByteBuffer {
            guard let count = free, count < bytes.readableBytes else {
                defer { bytes = ByteBuffer() }
                free = free.map { _ in 0 }
                return bytes
            }
            free = 0
            return bytes.readSlice(length: count) ?? ByteBuffer()
        }
    }

    private let limit: Int
    private let state = Mutex(State())
    private let changed = Signal()

    init(limit: Int = 256 << 10) { self.limit = limit }

    /// No more will come; what is there is still handed out.
    func finish() {
        state.withLock { $0.isFinished = true }
        changed.fire()
    }

    /// Nobody wants it any more: what is there is dropped, and what comes.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.bytes = ByteBuffer()
        }
        changed.fire()
    }

    /// Throws away what may be taken.
    func drop() {
        state.withLock { _ = $0.take() }
        changed.fire()
    }

    /// Holds back what is put in from now on. - Returns: false where something is held back already.
    func hold() -> Bool {
        state.withLock { state in
            guard state.free == nil else { return false }
            state.free = state.bytes.readableBytes
            return true
        }
    }

    /// Holds nothing back any more.
    func release() {
        state.withLock { $0.free = nil }
        changed.fire()
    }

    // MARK: In

    /// Puts all of `bytes` in; waits while there is as much as may be. Throws `CancellationError`.
    func push(_ bytes: ByteBuffer) async throws {
        try await wait { $0.isClosed || $0.bytes.readableBytes < limit }
        state.withLock { state in
            if !state.isClosed { state.bytes.writeImmutableBuffer(bytes) }
        }
        changed.fire()
    }

    /// Puts in what there is room for, without waiting.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ProcessIOError) -> WriteResult {
        let result: Result<WriteResult, ProcessIOError> = state.withLock { state in
            guard !state.isClosed, !state.isFinished else { return .failure(.closed) }
            let room = min(bytes.count, limit - state.bytes.readableBytes)
            guard room > 0 else { return .success(bytes.isEmpty ? .bytes(0) : .wouldBlock) }
            state.bytes.writeBytes(bytes.prefix(room))
            return .success(.bytes(room))
        }
        if case .success(.bytes) = result { changed.fire() }
        return try result.get()
    }

    func waitWritable() async throws {
        try await wait { $0.isClosed || $0.isFinished || $0.bytes.readableBytes < limit }
    }

    // MARK: Out

    /// Takes what is there into `room`, without waiting.
    func read(into room: UnsafeMutableRawBufferPointer) -> ReadResult {
        let result: ReadResult = state.withLock { state in
            guard state.bytes.readableBytes > 0 else {
                return state.isFinished || state.isClosed ? .end : .wouldBlock
            }
            let count = min(room.count, state.bytes.readableBytes)
            state.bytes.readWithUnsafeReadableBytes { bytes in
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
                return count
            }
            // Storage is not given back by itself, and a queue that is never empty would grow with all that passes.
            if state.bytes.readerIndex >= limit { state.bytes.discardReadBytes() }
            return .bytes(count)
        }
        if case .bytes = result { changed.fire() }
        return result
    }

    func waitReadable() async throws {
        try await wait { $0.isFinished || $0.isClosed || $0.bytes.readableBytes > 0 }
    }

    /// All that may be taken, as soon as there is something; nil at the end. Throws `CancellationError`.
    func next() async throws -> ByteBuffer? {
        while true {
            let count = changed.count
            let bytes: ByteBuffer? = state.withLock { state in
                let mayTake = state.isClosed || (state.free != 0 && (state.isFinished || state.bytes.readableBytes > 0))
                return mayTake ? state.take() : nil
            }
            if let bytes {
                changed.fire()
                return bytes.readableBytes > 0 ? bytes : nil
            }
            try await changed.wait(after: count)
        }
    }

    private func wait(_ isReady: (State) -> Bool) async throws {
        while true {
            let count = changed.count
            if state.withLock({ isReady($0) }) { return }
            try await changed.wait(after: count)
        }
    }
}

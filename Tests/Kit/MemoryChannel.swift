import CallProtocol
import NIOCore
import Synchronization

/// What both ends of a ``CallStreamPair`` share. A direction is named by the side that writes it: 0 or 1.
final class MemoryChannel: Sendable {
    typealias Reading = CheckedContinuation<Result<ByteBuffer?, StreamFailure>, Never>
    typealias Writing = CheckedContinuation<Result<Void, StreamFailure>, Never>

    private struct Direction {
        var waiting: [ByteBuffer] = []
        var bytes = 0
        var isFinished = false
        /// What comes when all that waits was read.
        var failure: StreamFailure?
        var reader: Reading?
        var writers: [Writing] = []
        var watcher: (@Sendable () -> Void)?
        var roomWatcher: (@Sendable () -> Void)?

        /// All that waits as one buffer, or nil at the end.
        mutating func take() -> ByteBuffer? {
            guard var all = waiting.first else { return nil }
            for more in waiting.dropFirst() { all.writeImmutableBuffer(more) }
            waiting = []
            bytes = 0
            return all
        }

        /// Who waits for room.
        mutating func takeRoom() -> Room {
            defer { writers = [] }
            return Room(writers: writers, watcher: roomWatcher.take())
        }
    }

    /// Who is to hear that there is room.
    private struct Room {
        var writers: [Writing] = []
        var watcher: (@Sendable () -> Void)?

        func tell() {
            for writer in writers { writer.resume(returning: .success(())) }
            watcher?()
        }
    }

    private struct State {
        var directions = [Direction(), Direction()]
        var failure: StreamFailure?
        var callbacks: [@Sendable (StreamFailure) -> Void] = []
    }

    private static let cancelled = StreamFailure(.aborted, "the task was cancelled")
    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    var failure: StreamFailure? { state.withLock { $0.failure } }

    func hasEnded(_ direction: Int) -> Bool {
        state.withLock { $0.directions[direction].isFinished && $0.directions[direction].waiting.isEmpty }
    }

    func read(_ direction: Int, _ continuation: Reading, isCancelled: Bool) {
        let (now, room): (Result<ByteBuffer?, StreamFailure>?, Room) = state.withLock { state in
            if let failure = state.failure { return (.failure(failure), Room()) }
            if let bytes = state.directions[direction].take() {
                return (.success(bytes), state.directions[direction].takeRoom())
            }
            if state.directions[direction].isFinished { return (.success(nil), Room()) }
            if isCancelled { return (.failure(Self.cancelled), Room()) }
            state.directions[direction].reader = continuation
            return (nil, Room())
        }
        room.tell()
        if let now { continuation.resume(returning: now) }
        settle(direction)
    }

    /// Brings the failure that waited for all to be read.
    private func settle(_ direction: Int) {
        let due = state.withLock { state in
            state.directions[direction].waiting.isEmpty ? state.directions[direction].failure : nil
        }
        if let due { fail(due) }
    }

    func readNow(_ direction: Int) -> StreamReading {
        let (now, room): (StreamReading, Room) = state.withLock { state in
            if let failure = state.failure { return (.failed(failure), Room()) }
            guard let bytes = state.directions[direction].take() else {
                return (state.directions[direction].isFinished ? .ended : .nothing, Room())
            }
            return (.bytes(bytes), state.directions[direction].takeRoom())
        }
        room.tell()
        settle(direction)
        return now
    }

    func whenReadable(_ direction: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            let own = state.directions[direction]
            if state.failure != nil || !own.waiting.isEmpty || own.isFinished { return false }
            state.directions[direction].watcher = body
            return true
        }
    }

    func write(_ bytes: ByteBuffer, _ direction: Int, _ continuation: Writing, isCancelled: Bool) {
        push(bytes, direction)
        let now: Result<Void, StreamFailure>? = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            if state.directions[direction].bytes < capacity { return .success(()) }
            if isCancelled { return .failure(Self.cancelled) }
            state.directions[direction].writers.append(continuation)
            return nil
        }
        if let now { continuation.resume(returning: now) }
    }

    func writeNow(_ bytes: ByteBuffer, _ direction: Int) -> Bool {
        let isTaken = state.withLock { state in
            state.failure == nil && !state.directions[direction].isFinished
                && state.directions[direction].bytes < capacity
        }
        if isTaken { push(bytes, direction) }
        return isTaken
    }

    func whenWritable(_ direction: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.failure != nil || state.directions[direction].bytes < capacity { return false }
            state.directions[direction].roomWatcher = body
            return true
        }
    }

    func push(_ bytes: ByteBuffer, _ direction: Int) {
        guard bytes.readableBytes > 0 else { return }
        let (reader, watcher): ((Reading, ByteBuffer?)?, (@Sendable () -> Void)?) = state.withLock { state in
            guard state.failure == nil, !state.directions[direction].isFinished else { return (nil, nil) }
            state.directions[direction].waiting.append(bytes)
            state.directions[direction].bytes += bytes.readableBytes
            guard let reader = state.directions[direction].reader.take() else {
                return (nil, state.directions[direction].watcher.take())
            }
            return ((reader, state.directions[direction].take()), nil)
        }
        watcher?()
        if let reader { reader.0.resume(returning: .success(reader.1)) }
    }

    func finish(_ direction: Int) {
        let (reader, watcher) = state.withLock { state in
            state.directions[direction].isFinished = true
            return (state.directions[direction].reader.take(), state.directions[direction].watcher.take())
        }
        watcher?()
        reader?.resume(returning: .success(nil))
    }

    func fail(_ failure: StreamFailure) {
        let (readers, writers, watchers, callbacks) = state.withLock { state in
            guard state.failure == nil, state.directions.contains(where: { !$0.isFinished }) else {
                return ([Reading](), [Writing](), [@Sendable () -> Void](), [@Sendable (StreamFailure) -> Void]())
            }
            state.failure = failure
            let gone = state.directions
            state.directions = [Direction(), Direction()]
            defer { state.callbacks = [] }
            return (
                gone.compactMap(\.reader), gone.flatMap(\.writers),
                gone.flatMap { [$0.watcher, $0.roomWatcher].compactMap(\.self) }, state.callbacks
            )
        }
        for reader in readers { reader.resume(returning: .failure(failure)) }
        for writer in writers { writer.resume(returning: .failure(failure)) }
        for watcher in watchers { watcher() }
        for callback in callbacks { callback(failure) }
    }

    /// Fails both ends when what waits in a direction has been read.
    func fail(_ failure: StreamFailure, behind direction: Int) {
        let isEmpty = state.withLock { state in
            state.directions[direction].failure = failure
            return state.directions[direction].waiting.isEmpty
        }
        if isEmpty { fail(failure) }
    }

    func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void) {
        let failure = state.withLock { state in
            if state.failure == nil { state.callbacks.append(body) }
            return state.failure
        }
        if let failure { body(failure) }
    }

    func cancelRead(_ direction: Int) {
        let reader = state.withLock { $0.directions[direction].reader.take() }
        reader?.resume(returning: .failure(Self.cancelled))
    }

    func cancelWrites(_ direction: Int) {
        let writers = state.withLock { state in
            defer { state.directions[direction].writers = [] }
            return state.directions[direction].writers
        }
        for writer in writers { writer.resume(returning: .failure(Self.cancelled)) }
    }
}

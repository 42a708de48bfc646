package import GRDB
import Synchronization

/// Group commit: many small writes share one transaction, hence one wait for the disk.
///
/// While one batch commits, later writes gather into the next; a lone write is committed at once. Each write has a
/// savepoint of its own, so one that throws undoes nothing of its neighbours. Writes run in the order in which they
/// were submitted, one after another. The queue is bounded; beyond the bound a write is refused, not delayed.
package final class WriteBatcher: Sendable {
    /// Writes that may wait before more are refused.
    package static let defaultLimit = 10_000
    /// Writes that share one transaction at most; bounds how long a commit and an undo can take.
    static let batchSize = 512

    private struct State {
        var waiting: [any Submission] = []
        var isDraining = false
        var isClosed = false
        var onIdle: [CheckedContinuation<Void, Never>] = []
    }

    private let path: String
    private let writer: any DatabaseWriter
    private let limit: Int
    private let state = Mutex(State())

    /// A batcher over `writer`, the database at `path`, with room for `limit` waiting writes.
    package init(path: String, writer: any DatabaseWriter, limit: Int = WriteBatcher.defaultLimit) {
        self.path = path
        self.writer = writer
        self.limit = limit
    }

    /// How many writes wait for their turn now.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` in a transaction and returns its result once that is durable.
    ///
    /// `body` may run a second time when SQLite undoes a whole shared transaction (a full disk does that), so it
    /// must have no effect outside the database. Cancelling the caller does not withdraw a submitted write.
    /// - Throws: what `body` threw, `DatabaseFileError.diskFull`, `.queueFull`, `.closed`, or GRDB's error.
    package func perform<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit(PendingWrite(body: body, continuation: continuation))
        }
    }

    /// Refuses further writes and returns when those accepted before are done.
    package func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isDraining { state.onIdle.append(continuation) }
                return !state.isDraining
            }
            if isIdle { continuation.resume() }
        }
    }

    private enum Admission {
        case start, joined
        case refused(DatabaseFileError)
    }

    private func submit(_ write: any Submission) {
        let admission: Admission = state.withLock { state in
            guard !state.isClosed else { return .refused(.closed) }
            guard state.waiting.count < limit else { return .refused(.queueFull(limit: limit)) }
            state.waiting.append(write)
            guard !state.isDraining else { return .joined }
            state.isDraining = true
            return .start
        }
        switch admission {
        case .start: scheduleDrain()
        case .joined: break
        case .refused(let error): write.finish(error)
        }
    }

    /// One batch a turn of the writer's queue, so that other users of the writer get theirs in between.
    private func scheduleDrain() {
        writer.asyncWriteWithoutTransaction { [self] db in
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.batchSize))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            BatchRun(path: path, db: db).run(batch)
            let idle: [CheckedContinuation<Void, Never>]? = state.withLock { state in
                guard state.waiting.isEmpty else { return nil }
                state.isDraining = false
                defer { state.onIdle = [] }
                return state.onIdle
            }
            if let idle { idle.forEach { $0.resume() } } else { scheduleDrain() }
        }
    }
}

import CallProtocol
import Operations

/// The end of trying, and of waiting for an answer: what `--wait` gives.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant?
    /// What is kept of the time for the last try, so that it has a chance.
    private static let lastTry = Duration.milliseconds(250)

    /// - Parameter wait: from now; nil where none is given: then nothing is tried again, and nothing cut short.
    init(in wait: Duration?) {
        end = wait.map { ContinuousClock.now + $0 }
    }

    /// What is left; nil when the time is over or none was given.
    var left: Duration? {
        guard let rest, rest > .zero else { return nil }
        return rest
    }

    /// What is left, zero when the time is over; nil where none was given.
    var rest: Duration? {
        end.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    }

    /// The deadline of a call that is made now, in milliseconds: when the time is over the least there is, for a call
    /// without one may take as long as it likes.
    var callMs: Int64? { rest.map { max(1, $0.milliseconds) } }

    /// Waits for a pause, but leaves time for one more try; false where there is none.
    func pause(_ pause: inout RetryPause) async throws -> Bool {
        guard let left, left > Self.lastTry else { return false }
        try await Task.sleep(for: min(left - Self.lastTry, .seconds(pause.take())))
        return true
    }

    /// Runs `body` for as long as there is time; then it is cancelled.
    ///
    /// - Parameter complaint: what to say when the time is over.
    /// - Throws: `TIMEOUT` when the time is over, else whatever `body` throws.
    func hold<Value: Sendable>(
        _ complaint: @autoclosure () -> String, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let end else { return try await body() }
        let value = try await withThrowingTaskGroup(of: Value?.self, returning: Value?.self) { race in
            race.addTask { try await body() }
            race.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return nil
            }
            defer { race.cancelAll() }
            if let value = try await race.next() ?? nil { return value }
            race.cancelAll()
            // What was done in the last moment is there, and somebody has to end it: that counts as in time.
            return try? await race.next() ?? nil
        }
        guard let value else { throw CallError(.timeout, complaint()) }
        return value
    }
}

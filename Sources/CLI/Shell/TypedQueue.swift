import NIOCore
import Synchronization

/// What was typed and needs waiting for, between the event loop that reads it and the task that sends it.
final class TypedQueue: Sendable {
    private struct State {
        var parts = CircularBuffer<EscapeKeys.Part>()
        var isEnded = false
        /// Whether reading goes on only when somebody asks for it.
        var isHeld = false
        /// Whether what comes after the last part is read only once that was dealt with: the terminal may be another's
        /// meanwhile.
        var isSuspending = false
        /// Whether it ended because the terminal was another's.
        var isElsewhere = false
        var taker: CheckedContinuation<EscapeKeys.Part?, Never>?
    }

    /// So many parts wait at most; one is as long as a read.
    private static let most = 4
    private let shortcut: TypedInput.Shortcut
    private let state = Mutex(State())

    init(shortcut: @escaping TypedInput.Shortcut) { self.shortcut = shortcut }

    /// Where the task waits for the next part, the shortcut is asked first.
    func add(_ part: EscapeKeys.Part) {
        if state.withLock({ $0.taker != nil }), shortcut(part) { return }
        let taker = state.withLock { state in
            if case .key(.suspend) = part { state.isSuspending = true }
            guard let taker = state.taker.take() else {
                state.parts.append(part)
                return nil as CheckedContinuation<EscapeKeys.Part?, Never>?
            }
            return taker
        }
        taker?.resume(returning: part)
    }

    /// Whether there is room; where there is none, the reader hears of it when there is.
    func wantsMore() -> Bool {
        state.withLock { state in
            state.isHeld = state.parts.count >= Self.most || state.isSuspending
            return !state.isHeld
        }
    }

    /// Whether it ended because the terminal was another's at the moment.
    var isElsewhere: Bool { state.withLock { $0.isElsewhere } }

    /// - Parameter isElsewhere: whether the terminal is another's at the moment.
    func end(isElsewhere: Bool = false) {
        state.withLock { state in
            state.isEnded = true
            state.isElsewhere = state.isElsewhere || isElsewhere
            return state.taker.take()
        }?.resume(returning: nil)
    }

    /// The next part; nil at the end.
    func next(from channel: any Channel) async throws -> EscapeKeys.Part? {
        let part = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (now, mustRead) = state.withLock { state -> (EscapeKeys.Part??, Bool) in
                    if let part = state.parts.popFirst() {
                        guard !state.isSuspending else { return (.some(part), false) }
                        defer { state.isHeld = false }
                        return (.some(part), state.isHeld)
                    }
                    if state.isEnded { return (.some(nil), false) }
                    state.taker = continuation
                    state.isSuspending = false
                    defer { state.isHeld = false }
                    return (nil, state.isHeld)
                }
                if mustRead { channel.read() }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            end()
        }
        try Task.checkCancellation()
        return part
    }
}

import Synchronization

/// One running call: its task, why it was told to stop, and the deadline it has.
final class RunningCall: Sendable {
    enum Stop: Sendable, Equatable {
        case aborted
        case timeout
        /// Nobody is left to answer.
        case gone
        /// This side is stopping.
        case shutdown
    }

    private struct State {
        var task: Task<Void, Never>?
        var stop: Stop?
        var cancelsTask = false
    }

    private let state = Mutex(State())

    func attach(_ task: Task<Void, Never>) {
        let cancelNow = state.withLock { state in
            state.task = task
            return state.cancelsTask
        }
        if cancelNow { task.cancel() }
    }

    /// Notes the first reason to stop; `cancelling` false lets the handler run to its end.
    func stop(_ reason: Stop, cancelling: Bool = true) {
        let task = state.withLock { state -> Task<Void, Never>? in
            if state.stop == nil { state.stop = reason }
            state.cancelsTask = state.cancelsTask || cancelling
            return cancelling ? state.task : nil
        }
        task?.cancel()
    }

    var reason: Stop? { state.withLock { $0.stop } }
}

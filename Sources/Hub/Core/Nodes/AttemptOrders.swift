import NIOCore
import Operations
import Store
import Synchronization

/// What a node is still to be told about its attempts: one order an attempt at a time, its start before its cancel.
///
/// An order that is added again while the same one waits is one order. So the queue is bounded by the attempts that
/// the store holds for the node.
final class AttemptOrders: Sendable {
    enum Order: Sendable {
        case start(AttemptRecord, WorkloadSpec)
        case cancel
        case forget
    }

    private struct Waiting {
        var start: (attempt: AttemptRecord, spec: WorkloadSpec)?
        var cancel = false
        var forget = false

        mutating func take() -> Order? {
            if let start = start.take() { return .start(start.attempt, start.spec) }
            if cancel {
                cancel = false
                return .cancel
            }
            guard forget else { return nil }
            forget = false
            return .forget
        }
    }

    private struct State {
        var waiting: [String: Waiting] = [:]
        var busy: Set<String> = []
        /// The attempts with orders that nobody carries yet, each once.
        var queue = CircularBuffer<String>(initialCapacity: 1)
        var isOpen = false
        /// Whether somebody takes attempts out of the queue, or was told to.
        var isAtWork = false

        /// Whether somebody is to begin taking.
        mutating func begin() -> Bool {
            guard isOpen, !isAtWork, !queue.isEmpty else { return false }
            isAtWork = true
            return true
        }

        /// How often an order for an attempt got no answer that says anything.
        var failures: [String: Int] = [:]
        var hasFailed = false
    }

    private let state = Mutex(State())

    /// True where somebody is to take attempts by ``nextAttempt()`` until there are no more.
    func add(_ order: Order, for attempt: String) -> Bool {
        state.withLock { state in
            var waiting = state.waiting[attempt] ?? Waiting()
            switch order {
            case .start(let record, let spec): waiting.start = (record, spec)
            case .cancel: waiting.cancel = true
            case .forget: waiting.forget = true
            }
            state.waiting[attempt] = waiting
            guard state.busy.insert(attempt).inserted else { return false }
            state.queue.append(attempt)
            return state.begin()
        }
    }

    /// From now on orders are carried; true as of ``add(_:for:)``.
    func open() -> Bool {
        state.withLock { state in
            state.isOpen = true
            return state.begin()
        }
    }

    /// The next attempt with orders, each once until ``next(_:)`` has said that there are no more of them; nil where there
    /// is none, and whoever adds the next one is told to begin again.
    func nextAttempt() -> String? {
        state.withLock { state in
            let attempt = state.queue.popFirst()
            if attempt == nil { state.isAtWork = false }
            return attempt
        }
    }

    /// The attempt's next order; nil when there is none left.
    func next(_ attempt: String) -> Order? {
        state.withLock { state in
            if let order = state.waiting[attempt]?.take() { return order }
            state.waiting[attempt] = nil
            state.busy.remove(attempt)
            return nil
        }
    }

    /// Whether something is being said about the attempt, or waits to be.
    func isBusy(_ attempt: String) -> Bool { state.withLock { $0.busy.contains(attempt) } }

    /// Notes that nobody knows what became of an order; returns how many times in a row.
    func failed(_ attempt: String) -> Int {
        state.withLock { state in
            state.hasFailed = true
            state.failures[attempt, default: 0] += 1
            return state.failures[attempt, default: 0]
        }
    }

    /// Whether the last order for the attempt ended so that nobody knows what became of it.
    func hasFailed(_ attempt: String) -> Bool { state.withLock { $0.failures[attempt] != nil } }

    func succeeded(_ attempt: String) { state.withLock { $0.failures[attempt] = nil } }

    /// Whether an order has failed since this was last asked.
    func takeFailure() -> Bool {
        state.withLock { state in
            defer { state.hasFailed = false }
            return state.hasFailed
        }
    }
}

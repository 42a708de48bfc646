import CProcesses
import Glibc
import Synchronization

/// What a waiter waits for; the raw values are the shim's event bits.
enum PollerDirection: Int32, Sendable {
    case read = 1
    case write = 2
}

/// One who waits for a descriptor.
struct PollerWaiter: Sendable {
    enum Wake: Sendable {
        case task(CheckedContinuation<Void, any Error>)
        case callback(@Sendable () -> Void)
    }

    let id: UInt64
    let direction: PollerDirection
    let wake: Wake

    /// To be called outside every lock.
    func resume(_ result: Result<Void, any Error>) {
        switch wake {
        case .task(let continuation): continuation.resume(with: result)
        case .callback(let body): if case .success = result { body() }
        }
    }
}

/// The epoll descriptor, its thread and who waits. The thread keeps it alive until `stop`.
final class PollerCore: Sendable {
    private struct State {
        var waiters: [Int32: [PollerWaiter]] = [:]
        var descriptors: [UInt64: Int32] = [:]
        var stopped = false
        /// Why nothing can be watched, nil when all is well.
        var defect: SystemError?
    }

    private let state = Mutex(State())
    private let ids = Atomic<UInt64>(0)
    private let epoll: Int32
    private let wakeUp: Int32

    init() {
        epoll = cp_epoll_create()
        wakeUp = cp_eventfd()
        var defect: SystemError?
        if epoll < 0 { defect = SystemError("epoll", code: -epoll) }
        if wakeUp < 0 { defect = SystemError("eventfd", code: -wakeUp) }
        if defect == nil {
            let result = cp_epoll_arm(epoll, wakeUp, PollerDirection.read.rawValue)
            if result < 0 { defect = SystemError("epoll", code: -result) }
        }
        if defect == nil, !startThread({ [self] in run() }) { defect = SystemError("start a thread", code: EAGAIN) }
        state.withLock { $0.defect = defect }
    }

    func nextID() -> UInt64 { ids.wrappingAdd(1, ordering: .relaxed).newValue }

    @discardableResult
    func add(_ waiter: PollerWaiter, to fd: Int32) -> Bool {
        let failure: (any Error)? = state.withLock { state in
            if let defect = state.defect { return defect }
            if state.stopped { return CancellationError() }
            if case .task = waiter.wake, Task.isCancelled { return CancellationError() }
            var all = state.waiters[fd] ?? []
            all.append(waiter)
            let result = arm(fd, for: all)
            if result < 0 { return SystemError("watch a descriptor", code: -result) }
            state.waiters[fd] = all
            state.descriptors[waiter.id] = fd
            return nil
        }
        // A plain file cannot be watched and never blocks.
        if let error = failure as? SystemError, error.code == EPERM {
            waiter.resume(.success(()))
            return true
        }
        if let failure { waiter.resume(.failure(failure)) }
        return failure == nil
    }

    func cancel(_ id: UInt64) {
        let waiter: PollerWaiter? = state.withLock { state in
            guard let fd = state.descriptors.removeValue(forKey: id) else { return nil }
            guard let index = state.waiters[fd]?.firstIndex(where: { $0.id == id }) else { return nil }
            // Left armed: one report without anyone waiting does no harm.
            return state.waiters[fd]?.remove(at: index)
        }
        waiter?.resume(.failure(CancellationError()))
    }

    func forget(_ fd: Int32) -> [PollerWaiter] {
        state.withLock { state in
            cp_epoll_remove(epoll, fd)
            return take(fd, events: 3, &state)
        }
    }

    func stop() {
        state.withLock { $0.stopped = true }
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    private func run() {
        var fds = [Int32](repeating: 0, count: 64)
        var events = [Int32](repeating: 0, count: 64)
        while true {
            let count = Int(cp_epoll_wait(epoll, &fds, &events, 64))
            var woken: [PollerWaiter] = []
            let stopped = state.withLock { state in
                for index in 0..<max(count, 0) where fds[index] != wakeUp {
                    woken += take(fds[index], events: events[index], &state)
                }
                return state.stopped
            }
            for waiter in woken { waiter.resume(.success(())) }
            if stopped { break }
        }
        let left = state.withLock { state in
            let all = state.waiters.values.flatMap(\.self)
            state.waiters = [:]
            state.descriptors = [:]
            return all
        }
        for waiter in left { waiter.resume(.failure(CancellationError())) }
        close(epoll)
        close(wakeUp)
    }

    /// Removes those who wait for one of `events`, and arms the descriptor again for the others.
    private func take(_ fd: Int32, events: Int32, _ state: inout State) -> [PollerWaiter] {
        guard let all = state.waiters[fd] else { return [] }
        let woken = all.filter { $0.direction.rawValue & events != 0 }
        let rest = all.filter { $0.direction.rawValue & events == 0 }
        state.waiters[fd] = rest.isEmpty ? nil : rest
        for waiter in woken { state.descriptors[waiter.id] = nil }
        if !rest.isEmpty { _ = arm(fd, for: rest) }
        return woken
    }

    private func arm(_ fd: Int32, for waiters: [PollerWaiter]) -> Int32 {
        cp_epoll_arm(epoll, fd, waiters.reduce(0) { $0 | $1.direction.rawValue })
    }
}

import CProcesses
import Glibc
import Synchronization

/// Watches one child from its start to its end and reaps it, whether anyone asks or not.
///
/// An ended child stays a zombie while anyone holds the watch: so long its number, which is its process group's
/// too, cannot be given to another process, and signalling the group is safe. The last `release` reaps it.
final class ChildWatch: Sendable {
    private struct State {
        var exit: ProcessExit?
        var holds = 1
        var reaped = false
        var waiters: [UInt64: CheckedContinuation<ProcessExit, any Error>] = [:]
    }

    let pid: Int32
    private let poller: Poller
    private let guarded: GuardedStart?
    private let state = Mutex(State())

    /// Watches a child just started, held once. What is `guarded` ends with this process.
    init(pid: Int32, poller: Poller, guarded: GuardedStart? = nil) {
        self.pid = pid
        self.poller = poller
        self.guarded = guarded
        guarded?.started(pid)
        let pidfd = cp_pidfd_open(pid)
        if pidfd >= 0 {
            let watched = poller.whenReadable(pidfd) { [self] in
                poller.forget(pidfd).wake()
                close(pidfd)
                ended()
            }
            if watched { return }
            close(pidfd)
        }
        // No descriptor to be had: a thread that waits for this child alone.
        if startThread({ [self] in ended() }) { return }
        // Nor a thread: a child that nobody can watch does not stay.
        _ = kill(-pid, SIGKILL)
        ended()
    }

    var exit: ProcessExit? { state.withLock(\.exit) }

    /// Signals the child's process group. False when it may no longer exist.
    func signal(_ number: Int32) -> Bool {
        state.withLock { state in
            guard !state.reaped else { return false }
            return kill(-pid, number) == 0
        }
    }

    /// Whether the group has a living member; nil where it cannot be told.
    func groupAlive() -> Bool? {
        state.withLock { state in
            guard !state.reaped else { return false }
            let result = cp_group_alive(pid)
            return result < 0 ? nil : result > 0
        }
    }

    /// How the child ended, once it has. Throws only when cancelled.
    func waitForExit() async throws -> ProcessExit {
        let id = poller.core.nextID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now: Result<ProcessExit, any Error>? = state.withLock { state in
                    if let exit = state.exit { return .success(exit) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let now { continuation.resume(with: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }

    /// Keeps the zombie once more; false when it is gone already.
    func hold() -> Bool {
        state.withLock { state in
            guard !state.reaped else { return false }
            state.holds += 1
            return true
        }
    }

    func release() {
        state.withLock { state in
            state.holds -= 1
            reapIfDue(&state)
        }
    }

    /// Called once, when the child has ended or is about to.
    private func ended() {
        var raw = cp_exit()
        // Fails only when something else reaped our child: then nobody can know how it ended.
        let exit = cp_peek_exit(pid, 1, &raw) == 1 ? ProcessExit(raw) : ProcessExit(code: 255)
        let waiters = state.withLock { state in
            state.exit = exit
            defer { state.waiters = [:] }
            reapIfDue(&state)
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: exit) }
    }

    private func reapIfDue(_ state: inout State) {
        guard state.exit != nil, state.holds <= 0, !state.reaped else { return }
        state.reaped = true
        // Before its number can be given to another process.
        guarded?.ended()
        _ = cp_reap(pid)
    }
}

import Synchronization

/// Waits for file descriptors on one epoll thread, for async code that reads and writes them by itself.
///
/// Reports may be spurious: whoever is woken tries its read or write and waits again on EAGAIN. A descriptor must
/// not be closed while someone waits for it, unless `forget` is called first.
package final class Poller: Sendable {
    /// The process's own, made at first use; its thread lasts as long as the process.
    package static let shared = Poller()

    let core = PollerCore()

    package init() {}

    deinit { core.stop() }

    /// Returns when a read from `fd` would not block, or its other side is gone.
    /// Throws `CancellationError` promptly when cancelled, `SystemError` when `fd` cannot be watched.
    package func readable(_ fd: Int32) async throws {
        try await wait(.read) { register in register(fd) }
    }

    /// Returns when a write to `fd` would not block, or its other side is gone. Throws as `readable` does.
    package func writable(_ fd: Int32) async throws {
        try await wait(.write) { register in register(fd) }
    }

    /// Waits for the descriptor that `lookup` passes on; so an owner can hold its lock between looking and
    /// registering. Passing nil, for a descriptor closed in the meantime, returns at once.
    func wait(_ direction: PollerDirection, lookup: ((Int32?) -> Void) -> Void) async throws {
        let id = core.nextID()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                lookup { fd in
                    if let fd {
                        core.add(PollerWaiter(id: id, direction: direction, wake: .task(continuation)), to: fd)
                    } else {
                        continuation.resume()
                    }
                }
            }
        } onCancel: {
            core.cancel(id)
        }
    }

    /// Calls `body` once on the poller's thread when `fd` becomes readable. False when it cannot be watched.
    func whenReadable(_ fd: Int32, _ body: @escaping @Sendable () -> Void) -> Bool {
        core.add(PollerWaiter(id: core.nextID(), direction: .read, wake: .callback(body)), to: fd)
    }

    /// Stops watching `fd`; to be called before it is closed.
    /// - Returns: those who waited for it, to be woken where no lock is held: who cancels a task holds a lock of the task's
    ///   own, which waking it takes too, and may wait for the one held here.
    func forget(_ fd: Int32) -> PollerWoken { PollerWoken(waiters: core.forget(fd)) }
}

/// Those who wait for a descriptor that is no longer watched.
struct PollerWoken: Sendable {
    fileprivate var waiters: [PollerWaiter] = []

    func wake() {
        for waiter in waiters { waiter.resume(.success(())) }
    }
}

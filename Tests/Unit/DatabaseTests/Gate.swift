import Dispatch

/// Holds a thread until it is opened.
struct Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }

    /// Opens once `condition` holds, or after ten seconds so that a broken test ends.
    func open(when condition: () -> Bool) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition(), ContinuousClock.now < deadline { await Task.yield() }
        open()
    }
}

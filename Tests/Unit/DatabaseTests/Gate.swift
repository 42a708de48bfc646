import Database
import Dispatch

/// Holds a thread until it is opened.
struct Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }

    /// Opens once `count` writes wait for `file`, or after ten seconds so that a broken test ends.
    func open(whenWaiting count: Int, in file: DatabaseFile) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while file.waitingWrites < count, ContinuousClock.now < deadline { await Task.yield() }
        open()
    }
}

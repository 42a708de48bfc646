import Dispatch
import TestKit

@testable import Database

/// Holds a thread until it is opened.
struct Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }

    /// Opens once `count` writes wait for `file`, or after a while so that a broken test ends.
    func open(whenWaiting count: Int, in file: DatabaseFile) async {
        _ = await becomesTrue { file.waitingWrites >= count }
        open()
    }
}

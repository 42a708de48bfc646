import Synchronization

/// The memory that grown windows may take, over all links of a process.
package final class WindowBudget: Sendable {
    package static let perProcess = 256 * 1024 * 1024
    package static let perLink = 64 * 1024 * 1024

    private let left: Mutex<Int>

    package init(limit: Int = WindowBudget.perProcess) {
        left = Mutex(limit)
    }

    /// Takes up to `bytes`; returns how many there were.
    package func take(upTo bytes: Int) -> Int {
        left.withLock { left in
            let taken = max(0, min(bytes, left))
            left -= taken
            return taken
        }
    }

    package func give(back bytes: Int) {
        left.withLock { $0 += bytes }
    }
}

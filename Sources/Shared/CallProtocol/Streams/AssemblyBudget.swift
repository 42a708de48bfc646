import Synchronization

/// How many bytes the assembly buffers of one link may hold together.
package final class AssemblyBudget: Sendable {
    /// An authenticated link.
    package static let perLink = 64 * 1024 * 1024
    /// A link whose peer is not known yet.
    package static let beforeAuthentication = 64 * 1024

    package let limit: Int
    private let used = Mutex(0)

    package init(limit: Int = AssemblyBudget.perLink) {
        self.limit = limit
    }

    /// Takes `bytes` of the budget; false, and nothing taken, when they are not there.
    package func take(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard bytes <= limit - used else { return false }
            used += bytes
            return true
        }
    }

    package func give(back bytes: Int) {
        used.withLock { $0 -= min(bytes, $0) }
    }
}

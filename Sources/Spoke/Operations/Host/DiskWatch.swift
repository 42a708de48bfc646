import Dispatch
import Operations
import Synchronization

/// The room on the machine's disks, asked of them without waiting for one that hangs.
///
/// A question that is not answered in time goes on by itself, and until it is answered none is asked again: a file
/// system that hangs costs one thread, and the others see the figures of the last time.
final class DiskWatch: Sendable {
    struct Reading: Sendable, Hashable {
        /// Local file systems.
        var disks: [HostFacts.Disk]
        /// The one that holds the spoke's state.
        var own: HostFacts.Disk?
    }

    private struct State {
        var last: Reading?
        var isAsking = false
    }

    /// How long an answer is waited for.
    static let patience = Duration.seconds(2)

    private let ask: @Sendable () -> Reading
    private let clock: any Clock<Duration>
    private let answered = Signal()
    private let state = Mutex(State())

    /// - Parameter ask: may block for ever.
    init(clock: any Clock<Duration>, ask: @escaping @Sendable () -> Reading) {
        self.ask = ask
        self.clock = clock
    }

    /// Whether no question is open.
    var isIdle: Bool { state.withLock { !$0.isAsking } }

    /// What the disks say, or said the last time they answered; nil for the time when they have not answered at all.
    /// - Throws: `CancellationError`.
    func read() async throws -> (reading: Reading?, isLate: Bool) {
        let count = answered.count
        begin()
        let clock = clock
        let isLate = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.answered.wait(after: count)
                return false
            }
            group.addTask {
                try await clock.sleep(for: Self.patience)
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
        return (state.withLock { $0.last }, isLate)
    }

    private func begin() {
        let isMine = state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard isMine else { return }
        DispatchQueue.global(qos: .utility).async {
            let reading = self.ask()
            self.state.withLock { $0 = State(last: reading, isAsking: false) }
            self.answered.fire()
        }
    }
}

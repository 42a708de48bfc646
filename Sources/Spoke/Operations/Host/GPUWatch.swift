import Operations
import Synchronization

/// How busy the GPUs are, asked for beside the samples: NVIDIA's tool may take seconds, and no status waits for it.
final class GPUWatch: Sendable {
    /// The tool runs no more often.
    static let interval = Duration.seconds(15)

    private struct State {
        var last: [HostStatus.GPUUse]?
        /// Whether somebody has looked since the tool ran last; the first time it runs for nobody.
        var isWanted = true
    }

    private let ask: @Sendable () async -> [HostStatus.GPUUse]?
    private let clock: any Clock<Duration>
    private let state = Mutex(State())

    /// - Parameter ask: the tool's answer, nil where there is none.
    init(clock: any Clock<Duration>, ask: @escaping @Sendable () async -> [HostStatus.GPUUse]?) {
        self.ask = ask
        self.clock = clock
    }

    /// What the tool said last; nil where it says nothing.
    var last: [HostStatus.GPUUse]? {
        state.withLock { state in
            state.isWanted = true
            return state.last
        }
    }

    /// Asks the tool while somebody looks, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            if state.withLock({ $0.isWanted }) {
                let answer = await ask()
                state.withLock { $0 = State(last: answer, isWanted: false) }
            }
            do { try await clock.sleep(for: Self.interval) } catch { return }
        }
    }
}

import Glibc
package import Logging
import Synchronization

/// The way a daemon is asked to stop: the first SIGTERM or SIGINT begins the orderly stop, a second one ends the process at
/// once with ``ExitCode/interrupted``, a third does so even if nothing runs any more.
package final class ShutdownSignals: Sendable {
    /// What asked for the stop.
    package struct Signal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package let rawValue: Int32

        package init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        package static let term = Signal(rawValue: SIGTERM)
        package static let int = Signal(rawValue: SIGINT)

        /// `SIGTERM`, `SIGINT`, else `SIG` and the number.
        package var description: String {
            switch rawValue {
            case SIGTERM: "SIGTERM"
            case SIGINT: "SIGINT"
            default: "SIG\(rawValue)"
            }
        }
    }

    private struct State {
        var first: Signal?
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Signal?, Never>] = [:]
    }

    private let state: Shared
    private let watch: SignalWatch

    /// Begins to listen; SIGPIPE is ignored from here on.
    /// - Parameters:
    ///   - beforeExit: called on a second signal just before the process ends; it must not block.
    /// - Throws: ``SignalWatch/AlreadyWatching`` when the process has a watch already.
    package init(
        logger: Logger, signals: [Signal] = [.term, .int], beforeExit: @escaping @Sendable (Signal) -> Void = { _ in }
    ) throws {
        SignalWatch.ignoreBrokenPipes()
        let state = Shared()
        self.state = state
        watch = try SignalWatch(signals.map(\.rawValue)) { number in
            let signal = Signal(rawValue: number)
            if state.deliver(signal) {
                logger.notice("stopping", metadata: ["signal": "\(signal)"])
            } else {
                logger.warning("second signal, exit at once", metadata: ["signal": "\(signal)"])
                beforeExit(signal)
                _exit(ExitCode.interrupted.rawValue)
            }
        }
        watch.armExit(after: 3)
    }

    /// The signal that asked for the stop, or nil before there was one.
    package var received: Signal? {
        state.mutex.withLock { $0.first }
    }

    /// Waits for the first signal; nil when the waiting task was cancelled before one came.
    package func wait() async -> Signal? {
        await state.wait()
    }

    /// Gives the signals back to the system.
    package func stop() {
        watch.stop()
    }

    private final class Shared: Sendable {
        let mutex = Mutex(State())

        /// Whether `signal` is the first.
        func deliver(_ signal: Signal) -> Bool {
            let waiters: [CheckedContinuation<Signal?, Never>]? = mutex.withLock { state in
                guard state.first == nil else { return nil }
                state.first = signal
                defer { state.waiters = [:] }
                return Array(state.waiters.values)
            }
            for waiter in waiters ?? [] { waiter.resume(returning: signal) }
            return waiters != nil
        }

        func wait() async -> Signal? {
            let id = mutex.withLock { state in
                state.nextWaiter += 1
                return state.nextWaiter
            }
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isCancelled = Task.isCancelled
                    let signal: Signal?? = mutex.withLock { state in
                        if let first = state.first { return .some(first) }
                        if isCancelled { return .some(nil) }
                        state.waiters[id] = continuation
                        return .none
                    }
                    if let signal { continuation.resume(returning: signal) }
                }
            } onCancel: {
                mutex.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
            }
        }
    }
}

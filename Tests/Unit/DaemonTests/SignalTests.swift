import Daemon
import Glibc
import Logging
import Testing

/// One after the other: the signals belong to the process.
@Suite("Signals that stop the daemon", .serialized)
struct SignalTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("the first signal wakes whoever waits, also those who come later")
    func first() async throws {
        let signals = try ShutdownSignals(logger: quiet, signals: [.init(rawValue: SIGUSR1)])
        defer { signals.stop() }
        #expect(signals.received == nil)
        async let waiting = signals.wait()
        kill(getpid(), SIGUSR1)
        #expect(await waiting?.rawValue == SIGUSR1)
        #expect(await signals.wait()?.rawValue == SIGUSR1)
        #expect(signals.received?.description == "SIG\(SIGUSR1)")
    }

    @Test("a waiter that is cancelled ends without a signal")
    func cancelled() async throws {
        let signals = try ShutdownSignals(logger: quiet, signals: [.init(rawValue: SIGUSR1)])
        defer { signals.stop() }
        let task = Task { await signals.wait() }
        task.cancel()
        #expect(await task.value == nil)
    }

    @Test("only one watch at a time, and the next after it is stopped")
    func exclusive() throws {
        let watch = try SignalWatch([SIGUSR1]) { _ in }
        #expect(throws: SignalWatch.AlreadyWatching.self) { _ = try SignalWatch([SIGUSR2]) { _ in } }
        watch.stop()
        watch.stop()
        try SignalWatch([SIGUSR2]) { _ in }.stop()
    }

    @Test("a watch hands every signal to its closure")
    func watch() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let watch = try SignalWatch([SIGUSR1, SIGWINCH]) { continuation.yield($0) }
        defer { watch.stop() }
        var iterator = stream.makeAsyncIterator()
        kill(getpid(), SIGWINCH)
        #expect(await iterator.next() == SIGWINCH)
        kill(getpid(), SIGUSR1)
        #expect(await iterator.next() == SIGUSR1)
    }

    @Test("a second signal ends the process at once with 130")
    func second() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let signals = try ShutdownSignals(logger: quiet)
            kill(getpid(), SIGTERM)
            _ = await signals.wait()
            kill(getpid(), SIGINT)
            while true { pause() }
        }
    }

    @Test("a third signal ends the process even when nothing runs any more")
    func third() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            // The callback of the second signal is stuck for ever.
            let signals = try ShutdownSignals(logger: quiet) { _ in while true { pause() } }
            kill(getpid(), SIGTERM)
            _ = await signals.wait()
            // Equal signals that are pending are one arrival, so two calls might count as one: ask until it ends.
            while true {
                kill(getpid(), SIGTERM)
                sched_yield()
            }
        }
    }

    @Test("the exit codes are the table's, and a program's own code is handed through")
    func exitCodes() {
        #expect(ExitCode.hostMismatch.rawValue == 4)
        #expect(ExitCode.endedBySignal(SIGKILL).rawValue == 137)
        #expect(ExitCode(rawValue: 7).rawValue == 7)
        #expect(ExitCode(rawValue: -1).rawValue == 255)
    }
}

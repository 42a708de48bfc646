import CProcesses
import Glibc

/// What an init does all its life: wait for signals, pass them on, reap, and start the worker again when it is due.
struct InitLoop {
    private static let millisecond: UInt64 = 1_000_000
    private static let shortestPause = 100 * millisecond
    private static let longestPause = 30_000 * millisecond
    /// A worker that lived so long is started again without delay if it is killed.
    private static let goodLife = 60_000 * millisecond
    /// Signals that ask for the end: a worker that dies of one, or after one, is not started again.
    private static let stopping: Set<Int32> = [SIGTERM, SIGINT, SIGQUIT]

    private let signals: Int32
    private let start: () -> Int32
    private var worker: Int32?
    private var isStopping = false
    private var startedAt: UInt64 = 0
    private var dueAt: UInt64 = 0
    private var pause = shortestPause

    /// - Parameters:
    ///   - signals: a signalfd that reports SIGCHLD and all that is to be passed on.
    ///   - start: starts a worker: its pid, or a negative errno.
    init(signals: Int32, start: @escaping () -> Int32) {
        self.signals = signals
        self.start = start
    }

    /// Runs until the worker has ended for good; the exit code.
    mutating func run() -> Int32 {
        while true {
            if worker == nil {
                if isStopping { return 0 }
                if Time.monotonic() >= dueAt { startWorker() }
            }
            var polled = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, timeout())
            takeSignals()
            if let code = reap() { return code }
        }
    }

    private mutating func startWorker() {
        startedAt = Time.monotonic()
        let result = start()
        if result > 0 {
            worker = result
        } else {
            waitBeforeStart("the spoke cannot be started: \(SystemError.text(-result))")
        }
    }

    private mutating func waitBeforeStart(_ reason: String) {
        let now = Time.monotonic()
        if now - startedAt >= Self.goodLife { pause = Self.shortestPause }
        dueAt = now + pause
        InitProcess.say("\(reason); it is started again in \(pause / Self.millisecond) ms")
        pause = min(pause * 2, Self.longestPause)
    }

    /// Milliseconds until a worker is due, -1 while there is one.
    private func timeout() -> Int32 {
        guard worker == nil else { return -1 }
        let now = Time.monotonic()
        return now >= dueAt ? 0 : Int32(clamping: (dueAt - now) / Self.millisecond + 1)
    }

    private mutating func takeSignals() {
        while true {
            let number = cp_signalfd_next(signals)
            if number == 0 { return }
            if number == SIGCHLD { continue }
            if Self.stopping.contains(number) { isStopping = true }
            // Not reaped yet, so the number is the worker's.
            if let worker { _ = kill(worker, number) }
        }
    }

    /// Reaps all that has ended; the exit code when the worker has ended for good.
    private mutating func reap() -> Int32? {
        while true {
            let ended = cp_peek_any()
            guard ended > 0 else { return nil }
            var exit = cp_exit(code: 255, signal: 0)
            _ = cp_peek_exit(ended, 0, &exit)
            _ = cp_reap(ended)
            guard ended == worker else { continue }
            worker = nil
            // `code` is 128 and the signal where one ended it.
            if exit.signal == 0 || isStopping { return exit.code }
            waitBeforeStart("signal \(ProcessSignal.name(of: exit.signal)) ended the spoke")
        }
    }
}

import Dispatch
import Glibc
import Synchronization

/// Where the handler writes the number of the signal it got; -1 while nobody watches. A signal handler may touch nothing but
/// lock-free memory and async-signal-safe calls, so this is the one global of the module.
private let watchPipe = Atomic<Int32>(-1)
/// Signals whose next arrival ends the process inside the handler; see ``SignalWatch/armExit(after:)``.
private let arrivalsUntilExit = Atomic<Int>(Int.max)
/// Handlers that run at this moment, on whatever threads: the pipe is not closed under them.
private let handlersRunning = Atomic<Int>(0)
/// What `stop` writes into the pipe to end its reader; no signal has this number.
private let endOfWatch: UInt8 = 0

/// Signals of the process as calls of a closure on a queue of its own, where everything is allowed.
///
/// The signals get a handler, not SIG_IGN: a program that is started afterwards has their default dispositions again. There
/// is one watch in a process at a time, because dispositions belong to the process.
package final class SignalWatch: Sendable {
    /// A watch is active already.
    package struct AlreadyWatching: Error, Hashable, Sendable {}

    private let writeEnd: Int32
    private let signals: [Int32]
    private let isActive = Atomic<Bool>(true)

    /// Begins to watch.
    /// - Parameters:
    ///   - signals: numbers such as `SIGTERM`, `SIGWINCH`.
    ///   - onSignal: called on a private serial queue, in order of arrival, once for each arrival that the kernel delivered.
    /// - Throws: ``AlreadyWatching``, or ``FileError`` when no pipe can be made.
    package init(_ signals: [Int32], onSignal: @escaping @Sendable (Int32) -> Void) throws {
        var ends: [Int32] = [-1, -1]
        try Descriptor.check("pipe", "signal pipe") { pipe(&ends) }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        guard watchPipe.compareExchange(expected: -1, desired: writeEnd, ordering: .sequentiallyConsistent).exchanged
        else {
            close(readEnd)
            close(writeEnd)
            throw AlreadyWatching()
        }
        arrivalsUntilExit.store(Int.max, ordering: .sequentiallyConsistent)
        // A handler must not block when the reader is stuck; the reader itself may.
        _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
        self.writeEnd = writeEnd
        self.signals = signals
        DispatchQueue(label: "capstan.signals").async {
            // Threads of Dispatch and of Swift's pool have every signal blocked, so the reader lends itself for delivery.
            SignalWatch.mask(SIG_UNBLOCK, signals)
            var number = endOfWatch
            while true {
                let count = read(readEnd, &number, 1)
                if count < 0 && errno == EINTR { continue }
                guard count == 1, number != endOfWatch else { break }
                onSignal(Int32(number))
            }
            SignalWatch.mask(SIG_BLOCK, signals)
            close(readEnd)
            close(writeEnd)
        }
        for signal in signals { SignalWatch.setHandler(signal) }
    }

    deinit {
        stop()
    }

    /// Gives the signals their default dispositions back; later calls do nothing.
    package func stop() {
        guard isActive.exchange(false, ordering: .sequentiallyConsistent) else { return }
        for number in signals { signal(number, SIG_DFL) }
        watchPipe.store(-1, ordering: .sequentiallyConsistent)
        while handlersRunning.load(ordering: .sequentiallyConsistent) > 0 { sched_yield() }
        var byte = endOfWatch
        _ = write(writeEnd, &byte, 1)
    }

    /// From now on the `count`-th arrival ends the process inside the handler with 130, even if every thread is stuck.
    package func armExit(after count: Int) {
        arrivalsUntilExit.store(max(count, 1), ordering: .sequentiallyConsistent)
    }

    /// Makes a write to a closed pipe or socket the error EPIPE instead of the end of the process.
    package static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    private static func mask(_ how: Int32, _ signals: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(how, &set, nil)
    }

    private static func setHandler(_ number: Int32) {
        // Touched here first, so that the handler never runs a global's lazy initialiser.
        _ = (
            watchPipe.load(ordering: .relaxed), arrivalsUntilExit.load(ordering: .relaxed),
            handlersRunning.load(ordering: .relaxed)
        )
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let saved = errno
            handlersRunning.add(1, ordering: .sequentiallyConsistent)
            if arrivalsUntilExit.subtract(1, ordering: .relaxed).newValue <= 0 { _exit(130) }
            var byte = UInt8(truncatingIfNeeded: number)
            let pipe = watchPipe.load(ordering: .sequentiallyConsistent)
            if pipe >= 0 { _ = write(pipe, &byte, 1) }
            handlersRunning.subtract(1, ordering: .sequentiallyConsistent)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigemptyset(&action.sa_mask)
        sigaction(number, &action, nil)
    }
}

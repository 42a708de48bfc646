import CProcesses
import Glibc

/// A process that is not our child, from when it was found to its end: one that gets its number later is never taken for it.
package final class ForeignProcess: Sendable {
    /// What became of a signal.
    package enum Signalled: Sendable, Equatable {
        case sent
        /// The process has ended.
        case over
        /// It is not ours to signal.
        case refused
    }

    package let pid: Int32
    /// When it began, in clock ticks since boot.
    private let ticks: UInt64
    /// Readable when it has ended; nil where the system has no such descriptors.
    private let end: PipeEnd?
    private let guarded: GuardedStart?

    /// How often a process without a descriptor is looked at.
    private static let look = Duration.milliseconds(500)

    /// - Parameters:
    ///   - guardian: ends its process group, which it must lead, where this process ends before this object does.
    ///   - isMeant: asked whether it is the one that is looked for, when no other can take its place any more.
    /// - Returns: nil where there is none of this number, or another is meant.
    package init?(
        _ pid: Int32, guardian: ChildGuard? = nil, poller: Poller = .shared, where isMeant: (Int32) -> Bool
    ) {
        var stat = cp_stat()
        guard pid > 1, cp_process_stat(pid, &stat) == 0 else { return nil }
        let descriptor = cp_pidfd_open(pid)
        let end = descriptor >= 0 ? PipeEnd(descriptor, .read, poller: poller) : nil
        let ticks = stat.start
        guard isMeant(pid), Self.lives(pid, since: ticks) else { return nil }
        (self.pid, self.ticks, self.end) = (pid, ticks, end)
        guarded = guardian?.begin(output: nil)
        guarded?.started(pid, since: ticks)
    }

    deinit { guarded?.ended() }

    /// Whether it has ended, reaped or not.
    package var isOver: Bool {
        // The first of its threads may be gone before the others.
        let isReadable = end?.withDescriptor { fd in
            var look = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            return poll(&look, 1, 0) > 0
        }
        return isReadable ?? !Self.lives(pid, since: ticks)
    }

    private static func lives(_ pid: Int32, since ticks: UInt64) -> Bool {
        var stat = cp_stat()
        guard cp_process_stat(pid, &stat) == 0 else { return false }
        return stat.start == ticks && !["Z", "X"].contains(Character(Unicode.Scalar(UInt8(bitPattern: stat.state))))
    }

    /// Returns when it has ended. Throws `CancellationError`.
    package func waitForEnd(clock: any Clock<Duration>) async throws {
        while !isOver {
            if let end, (try? await end.ready()) != nil { continue }
            try await clock.sleep(for: Self.look)
        }
        guarded?.ended()
    }

    /// Signals it alone.
    package func signal(_ signal: ProcessSignal) -> Signalled {
        if isOver { return .over }
        if kill(pid, signal.number) == 0 { return .sent }
        return errno == EPERM ? .refused : .over
    }

    /// Signals its process group where it leads one, else it alone; what is stopped hears it too.
    package func signalGroup(_ signal: ProcessSignal) -> Signalled {
        var stat = cp_stat()
        guard !isOver, cp_process_stat(pid, &stat) == 0, stat.group == pid else { return self.signal(signal) }
        guard kill(-pid, signal.number) == 0 else { return errno == EPERM ? .refused : .over }
        _ = kill(-pid, ProcessSignal.continue.number)
        return .sent
    }

    /// Signals the foreground of its terminal; itself where it has none.
    package func signalForeground(_ signal: ProcessSignal) -> Signalled {
        guard !isOver, let group = TerminalForeground.group(ofTerminalOf: pid) else { return self.signal(signal) }
        if kill(-group, signal.number) == 0 { return .sent }
        return errno == EPERM ? .refused : .over
    }
}

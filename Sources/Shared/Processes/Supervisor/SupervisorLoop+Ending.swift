import CProcesses
import Glibc

/// Ending the program and what it left, and reaping all of it.
extension SupervisorLoop {
    /// Asks the program's group to end and sets the clock for SIGKILL. The first reason stays.
    func stop(_ reason: ExitRecord.Reason) {
        timeLimitAt = nil
        joinBy = nil
        guard case .running = phase, record.reason == .none else { return }
        record.reason = reason
        killAt = Self.saturating(Time.monotonic(), grace)
        // What runs on a terminal expects to be hung up on; shells there take no notice of SIGTERM.
        let number = program.hasTerminal ? SIGHUP : SIGTERM
        for group in Set([program.pid, program.foreground]) {
            _ = kill(-group, number)
            // A stopped program takes the signal only when it goes on.
            _ = kill(-group, SIGCONT)
        }
    }

    /// SIGKILL to the group and to every adopted descendant. In the running phase it is due once.
    func killAll() {
        killAt = nil
        killed = true
        if program.foreground != program.pid { _ = kill(-program.foreground, SIGKILL) }
        signalGroup(SIGKILL)
        guard !callerLeft else { return }
        group?.kill()
        for child in adopted() { _ = kill(child, SIGKILL) }
    }

    func takeSignals() {
        while true {
            let signal = cp_signalfd_next(signals)
            if signal == 0 { break }
            // SIGHUP, SIGINT and SIGQUIT are nothing to a process of its own session.
            if signal == SIGTERM { stop(.stopped) }
        }
        guard case .running = phase else { return }
        // The program itself is left a zombie; adopted descendants that ended are reaped.
        while true {
            var raw = cp_exit()
            let result = cp_peek_exit(program.pid, 0, &raw)
            // An error cannot be: nobody else reaps our child. Then its end is known, but not its code.
            if result != 0 { return programEnded(result > 0 ? ProcessExit(raw) : ProcessExit(code: 255)) }
            let ended = cp_peek_any()
            guard ended > 0, ended != program.pid else { return }
            _ = cp_reap(ended)
        }
    }

    private func programEnded(_ exit: ProcessExit) {
        record.exit = exit
        record.endedMs = Time.unixMilliseconds()
        timeLimitAt = nil
        program.endInput()
        guard live == nil || (record.reason != .none && !callerLeft) else {
            // What a session's program leaves behind by itself may go on, as behind any shell.
            leaderReaped = cp_reap(program.pid) == program.pid
            phase = .draining(since: Time.monotonic())
            return
        }
        // Where signals went out already, their grace goes on.
        let now = Time.monotonic()
        killAt = killed ? now : killAt ?? Self.saturating(now, grace)
        signalGroup(SIGTERM)
        phase = .clearing(since: now)
        clear(since: now, now: now)
    }

    /// One round of ending what the program left: SIGTERM once to each descendant that comes to us,
    /// SIGKILL again and again when the grace is over.
    func clear(since: UInt64, now: UInt64) {
        var left = reapAdopted()
        if left.isEmpty {
            leaderReaped = leaderReaped || cp_reap(program.pid) == program.pid
            // Only when the system knows of no child at all is nothing left; the list may miss one.
            if cp_reap(-1) == -ECHILD {
                phase = .draining(since: now)
                return
            }
            left = reapAdopted()
        }
        let killAt = killAt ?? since
        if now >= killAt {
            signalGroup(SIGKILL)
            group?.kill()
            for child in left { _ = kill(child, SIGKILL) }
            if now >= Self.saturating(max(killAt, since), Self.patience) { giveUp(left, now) }
            return
        }
        for child in left where asked.insert(child).inserted {
            _ = kill(child, SIGTERM)
            _ = kill(child, SIGCONT)
        }
    }

    private func giveUp(_ left: [Int32], _ now: UInt64) {
        record.left = UInt64(left.count)
        phase = .draining(since: now)
    }

    private func signalGroup(_ number: Int32) {
        // Once the leader is reaped its number may be another's.
        guard !leaderReaped else { return }
        _ = kill(-program.pid, number)
        if number == SIGTERM { _ = kill(-program.pid, SIGCONT) }
    }

    /// Our children but the program; ended ones among them.
    private func adopted() -> [Int32] {
        var pids = [Int32](repeating: 0, count: 1024)
        let count = cp_children(&pids, Int32(pids.count))
        return pids.prefix(Int(max(count, 0))).filter { $0 != program.pid }
    }

    /// Reaps adopted descendants that ended, and returns the others.
    private func reapAdopted() -> [Int32] {
        adopted().filter { pid in
            let ended = cp_reap(pid) != 0
            if ended { asked.remove(pid) }
            return !ended
        }
    }
}

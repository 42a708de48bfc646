import CProcesses
import Glibc

/// The helper of a `ChildGuard`: it outlives the process that started it by as long as it takes to end that one's
/// children.
///
/// It is this binary again, as `capstan guard`, entered before argument parsing and Foundation so that it stays small.
/// On its stdin come ``GuardNote``s. Nothing is answered.
package enum GuardProcess {
    /// Nanoseconds between SIGHUP and SIGKILL, as when a caller goes away.
    private static let grace: UInt64 = 5_000_000_000
    /// Nanoseconds in which a program whose start was begun must have become what can be found.
    private static let search: UInt64 = 2_000_000_000
    /// Microseconds between two looks at what is being ended.
    private static let step: UInt32 = 20_000

    /// Runs until stdin has ended and so have the programs. Returns the exit code of the process, which is 0.
    package static func main() -> Int32 {
        cp_ignore_write_signals()
        _ = setsid()
        // Whoever ends all processes of this name is to have the programs ended too.
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] { _ = signal(number, SIG_IGN) }
        cp_set_name("capstan-guard")
        end(listen())
        return 0
    }

    /// What was told and not taken back when stdin ended: programs, and pipes of those whose start was begun.
    private static func listen() -> (running: [GuardedProgram], starting: [UInt64]) {
        var running: [UInt32: GuardedProgram] = [:]
        var starting: [UInt32: UInt64] = [:]
        while let bytes = Files.read(exactly: GuardNote.length, from: 0) {
            guard let note = GuardNote(bytes: bytes) else { continue }
            starting[note.program] = nil
            switch note.news {
            case .starts(let pipe): starting[note.program] = pipe
            case .runs(let pid, 0): running[note.program] = GuardedProgram(pid: pid)
            case .runs(let pid, let ticks): running[note.program] = GuardedProgram(pid: pid, ticks: ticks)
            case .isOver: running[note.program] = nil
            }
        }
        return (Array(running.values), starting.values.filter { $0 != 0 })
    }

    private static func end(_ told: (running: [GuardedProgram], starting: [UInt64])) {
        let begin = Time.monotonic()
        var left = told.running.filter(\.hangUp)
        var starting = told.starting
        while !left.isEmpty || !starting.isEmpty, Time.monotonic() < begin + grace {
            starting.removeAll { pipe in
                let pid = cp_leader_on_pipe(pipe)
                guard pid > 1 else { return pid < 0 }
                let program = GuardedProgram(pid: pid)
                if program.hangUp { left.append(program) }
                return true
            }
            if Time.monotonic() >= begin + search { starting = [] }
            usleep(step)
            left = left.filter { $0.signal(0) }
        }
        for program in left { _ = program.signal(ProcessSignal.kill.number) }
    }
}

extension GuardedProgram {
    /// Tells it to end as when its caller goes away; false when nothing of it is left.
    fileprivate var hangUp: Bool {
        guard signal(ProcessSignal.hangUp.number) else { return false }
        // A stopped member takes the signal only when it goes on.
        _ = signal(ProcessSignal.continue.number)
        return true
    }
}

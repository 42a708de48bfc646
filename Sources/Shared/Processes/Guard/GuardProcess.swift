import CProcesses
import Glibc

/// The helper of a `ChildGuard`: it outlives the process that started it by as long as it takes to end that one's
/// children.
///
/// It is this binary again, as `capstan guard`, entered before argument parsing and Foundation so that it stays small.
/// On its stdin come numbers of four bytes in the machine's order: a program's pid when it was started, the pid negated
/// when nothing of it is left. Nothing is answered.
package enum GuardProcess {
    /// Nanoseconds between SIGHUP and SIGKILL, as when a caller goes away.
    private static let grace: UInt64 = 5_000_000_000
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

    /// What was told and not taken back when stdin ended.
    private static func listen() -> [GuardedProgram] {
        var programs: [Int32: GuardedProgram] = [:]
        while let bytes = Files.read(exactly: MemoryLayout<Int32>.size, from: 0) {
            let number = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
            // 1 and 0 name no program, and their negatives everybody.
            if number > 1 {
                programs[number] = GuardedProgram(pid: number)
            } else if (-Int32.max ..< -1).contains(number) {
                programs[-number] = nil
            }
        }
        return Array(programs.values)
    }

    private static func end(_ programs: [GuardedProgram]) {
        let due = Time.monotonic() + grace
        var left = programs.filter { $0.signal(ProcessSignal.hangUp.number) }
        // A stopped member takes the signal only when it goes on.
        for program in left { _ = program.signal(ProcessSignal.continue.number) }
        while !left.isEmpty, Time.monotonic() < due {
            usleep(step)
            left = left.filter { $0.signal(0) }
        }
        for program in left { _ = program.signal(ProcessSignal.kill.number) }
    }
}

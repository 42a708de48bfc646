import CProcesses
import Glibc

/// The leader of a process group as it was when its start was told, so that a process which got its number later is
/// never taken for it.
package struct GuardedProgram: Sendable, Equatable {
    let pid: Int32
    /// When the process began, in clock ticks since boot; 0 when it was gone already.
    let ticks: UInt64

    /// The process that has this number now.
    package init(pid: Int32) {
        var stat = cp_stat()
        self.init(pid: pid, ticks: cp_process_stat(pid, &stat) == 0 ? stat.start : 0)
    }

    package init(pid: Int32, ticks: UInt64) {
        self.pid = pid
        self.ticks = ticks
    }

    /// Signals the process group; 0 only looks. False when nothing of it is left, or the number is another's.
    ///
    /// A leader that is gone while its group is not keeps its number from being given away.
    package func signal(_ number: Int32) -> Bool {
        var stat = cp_stat()
        if ticks != 0, cp_process_stat(pid, &stat) == 0, stat.start != ticks { return false }
        return kill(-pid, number) == 0 || errno == EPERM
    }
}

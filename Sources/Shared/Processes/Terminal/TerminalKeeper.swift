import CProcesses
package import Glibc

/// Sees to it that a terminal gets its settings back when this process ends, SIGKILL included.
///
/// It is a copy of this process that does nothing but wait for that on a pipe.
package struct TerminalKeeper: Sendable {
    private let pipe: Int32
    private let pid: pid_t

    /// - Parameters:
    ///   - terminal: an open descriptor of it.
    ///   - found: the settings that it is to have afterwards.
    ///   - set: those that it has now; where it has others in the end, they are left alone.
    /// - Returns: nil where the system has no room for one.
    package init?(_ terminal: Int32, found: termios, set: termios) {
        var (found, set, pid) = (found, set, pid_t())
        let pipe = cp_keep_terminal(terminal, &found, &set, &pid)
        guard pipe >= 0 else { return nil }
        (self.pipe, self.pid) = (pipe, pid)
    }

    /// The terminal has its settings back: nothing is to be done any more. To be called once.
    package func done() { cp_keeper_done(pipe, pid) }
}

import CProcesses

/// The terminals of processes that are not ours.
package enum TerminalForeground {
    /// The process group in the foreground of the terminal that a process has; nil where it has none, or is gone.
    package static func group(ofTerminalOf pid: Int32) -> Int32? {
        var stat = cp_stat()
        guard cp_process_stat(pid, &stat) == 0, stat.foreground > 1 else { return nil }
        return stat.foreground
    }
}

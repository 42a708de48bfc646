import CProcesses
import Glibc

/// The terminal of a process that is not ours, seen from its program's side: what waits there to be read.
package struct ForeignTerminal: ~Copyable {
    private let side: Int32

    /// Opens the terminal that is the standard input of `pid`; nil where that is none, or not ours to open.
    package init?(of pid: Int32) {
        side = cp_terminal_of(pid)
        if side < 0 { return nil }
    }

    deinit { close(side) }

    /// Bytes that a read of its program would get now.
    package var waiting: Int { Int(max(0, cp_waiting_input(side))) }

    /// How it takes input.
    package var input: TerminalInput? { TerminalInput(side: side) }

    /// Throws away what its program has not read.
    package func flush() { tcflush(side, TCIFLUSH) }

    /// The signal that the terminal makes of a key as it is set now, throwing away what is not read; nil where it does not.
    package func signal(of key: UInt8) -> ProcessSignal? {
        var settings = termios()
        guard tcgetattr(side, &settings) == 0, settings.c_lflag & tcflag_t(ISIG) != 0,
            settings.c_lflag & tcflag_t(NOFLSH) == 0
        else { return nil }
        return withUnsafeBytes(of: settings.c_cc) { keys in
            switch key {
            case keys[Int(VINTR)]: .interrupt
            case keys[Int(VQUIT)]: .quit
            case keys[Int(VSUSP)]: .stop
            default: nil
            }
        }
    }
}

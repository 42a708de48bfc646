import Glibc
import Operations
import Processes
import Synchronization

/// The terminal that this process was started on.
enum LocalTerminal {
    private struct Found {
        var settings: termios
        /// Puts them back where this process is killed.
        var keeper: TerminalKeeper?
    }

    /// The settings that were found, while other ones are in force.
    private static let found = Mutex<Found?>(nil)

    /// One like it for a program elsewhere; of the usual size where this process has none.
    static var request: TerminalRequest { size ?? TerminalRequest(term: Environment.all["TERM"], cols: 80, rows: 24) }

    /// Its size; nil where none is known.
    static var size: TerminalRequest? {
        for fd: Int32 in [1, 0, 2] {
            var window = winsize()
            guard ioctl(fd, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { continue }
            return TerminalRequest(
                term: Environment.all["TERM"], cols: Int(window.ws_col), rows: Int(window.ws_row),
                pixelWidth: Int(window.ws_xpixel), pixelHeight: Int(window.ws_ypixel))
        }
        return nil
    }

    /// Whether stderr is one on which a line can be drawn anew.
    static var drawsLines: Bool { isatty(2) == 1 && Environment.value("TERM") != "dumb" }

    /// Whether we are in its foreground: in the background it is somebody else's.
    static var isOurs: Bool { tcgetpgrp(0) == getpgrp() }

    /// From now on every byte is passed on as it is typed, and nothing is shown but what is written. Nothing happens in the
    /// background.
    static func makeRaw() {
        guard isOurs else { return }
        found.withLock { found in
            var settings = termios()
            guard tcgetattr(0, &settings) == 0 else { return }
            let before = settings
            cfmakeraw(&settings)
            tcsetattr(0, TCSADRAIN, &settings)
            guard found == nil else { return }
            // As it took them.
            guard tcgetattr(0, &settings) == 0 else { return found = Found(settings: before) }
            found = Found(settings: before, keeper: TerminalKeeper(0, found: before, set: settings))
        }
    }

    /// Puts the settings back that were found. Harmless at any time, and to be called before the process ends.
    static func restore() {
        found.withLock { found in
            guard let former = found else { return }
            var settings = former.settings
            // A process in the background would be stopped for it.
            var (blocked, before) = (sigset_t(), sigset_t())
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGTTOU)
            pthread_sigmask(SIG_BLOCK, &blocked, &before)
            tcsetattr(0, TCSADRAIN, &settings)
            pthread_sigmask(SIG_SETMASK, &before, nil)
            former.keeper?.done()
            found = nil
        }
    }
}

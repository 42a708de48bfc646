import Glibc

/// The signals a caller may send to a program, by the names of the wire.
package enum ProcessSignal: String, Sendable, Hashable, CaseIterable {
    case hangUp = "HUP"
    case interrupt = "INT"
    case quit = "QUIT"
    case terminate = "TERM"
    case kill = "KILL"
    case user1 = "USR1"
    case user2 = "USR2"
    case stop = "TSTP"
    case `continue` = "CONT"
    case windowChanged = "WINCH"

    /// The system's number.
    package var number: Int32 {
        switch self {
        case .hangUp: SIGHUP
        case .interrupt: SIGINT
        case .quit: SIGQUIT
        case .terminate: SIGTERM
        case .kill: SIGKILL
        case .user1: SIGUSR1
        case .user2: SIGUSR2
        case .stop: SIGTSTP
        case .continue: SIGCONT
        case .windowChanged: SIGWINCH
        }
    }

    /// The real-time signal by which who carries a program that is elsewhere is told to pass this one on: the signal itself
    /// would be meant for the carrier.
    package var relayed: Int32 { __libc_current_sigrtmin() + number }

    /// The signal that another one tells to pass on; nil where it tells none.
    package init?(relayed number: Int32) {
        guard let signal = Self.allCases.first(where: { $0.relayed == number }) else { return nil }
        self = signal
    }

    /// The key by which a person at a terminal sends it, as terminals are set at first; nil where there is none.
    package var key: UInt8? {
        switch self {
        case .interrupt: 0x03
        case .quit: 0x1C
        case .stop: 0x1A
        default: nil
        }
    }

    /// A signal's name without SIG, "KILL"; for real-time and unknown ones its number as text.
    package static func name(of number: Int32) -> String {
        if let known = allCases.first(where: { $0.number == number }) { return known.rawValue }
        switch number {
        case SIGABRT: return "ABRT"
        case SIGALRM: return "ALRM"
        case SIGBUS: return "BUS"
        case SIGFPE: return "FPE"
        case SIGILL: return "ILL"
        case SIGPIPE: return "PIPE"
        case SIGSEGV: return "SEGV"
        case SIGSYS: return "SYS"
        case SIGTRAP: return "TRAP"
        case SIGXCPU: return "XCPU"
        case SIGXFSZ: return "XFSZ"
        default: return String(number)
        }
    }
}

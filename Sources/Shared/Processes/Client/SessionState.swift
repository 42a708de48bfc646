/// What is known of a session from its directory.
package enum SessionState: Sendable, Equatable {
    /// There is no directory: nothing was ever started.
    case absent
    /// Its supervisor lives. The program's pid is nil for the moment before it is started.
    case running(pid: Int32?)
    /// It is over.
    case exited(ExitRecord)
    /// The directory is there, but its supervisor is gone and left no exit record.
    case lost
}

/// How a start went.
package enum SupervisorStart: Sendable, Equatable {
    /// The program runs under this pid.
    case started(pid: Int32)
    /// The program could not be started; the session is over and its exit record is there. `code` is 127 or 126.
    case failed(code: Int32, text: String)
    /// Another supervisor has or had this directory; nothing was started now.
    case exists
}

/// How a session ended.
package enum SessionEnd: Sendable, Equatable {
    case exited(ExitRecord)
    /// The supervisor is gone without an exit record: what became of the program cannot be known.
    case lost
}

/// Why a supervisor could not be started or asked.
package enum SupervisorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The supervisor could not make the session, and says why. Nothing was started; trying again is safe.
    case refused(String)
    /// The supervisor ended before it said anything; `inspect` tells whether a session exists.
    case died
    /// There is no running session in this directory.
    case notRunning
    /// The supervisor refused a command, and says why.
    case command(String)

    package var description: String {
        switch self {
        case .refused(let text): "the supervisor refused: \(text)"
        case .died: "the supervisor ended before it answered"
        case .notRunning: "the session is not running"
        case .command(let text): "the supervisor answered: \(text)"
        }
    }
}

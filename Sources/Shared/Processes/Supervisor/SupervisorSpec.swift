/// What a supervisor is told about the program it starts and keeps.
package struct SupervisorSpec: Sendable, Equatable {
    /// The program. Without a working directory it starts in the supervisor's starter's.
    package var process: ProcessSpec
    /// Milliseconds the program may run, then it is ended with reason `timeLimit`; nil for no limit.
    package var timeLimitMs: UInt64?
    /// Bytes of output that are recorded at most; what comes later is read, counted and discarded.
    package var logLimitBytes: UInt64
    /// Milliseconds between SIGTERM and SIGKILL.
    package var killGraceMs: UInt64
    /// Bytes for the program's stdin, which then ends; without any it is /dev/null.
    package var input: [UInt8]
    /// The control group that the program runs in from its first instruction on; it exists already. What remains in
    /// it at the end is killed and the group removed.
    package var group: ControlGroup?
    /// Whose the program is; nil for the supervisor's own. Of a user only the numbers travel.
    package var account: Account?
    /// Set where callers join the program; nil for one that runs by itself.
    package var session: SessionSpec?

    package init(
        process: ProcessSpec, timeLimitMs: UInt64? = nil, logLimitBytes: UInt64 = 1 << 30, killGraceMs: UInt64 = 5000,
        input: [UInt8] = [], group: ControlGroup? = nil, account: Account? = nil, session: SessionSpec? = nil
    ) {
        self.process = process
        self.timeLimitMs = timeLimitMs
        self.logLimitBytes = logLimitBytes
        self.killGraceMs = killGraceMs
        self.input = input
        self.group = group
        self.account = account
        self.session = session
    }
}

/// A program that callers join: its output is also kept in memory for them, and its input is theirs.
package struct SessionSpec: Sendable, Equatable {
    /// The size of its terminal; nil for pipes.
    package var terminal: TerminalSize?
    /// Whether its terminal passes every byte on from the start, because the program carries one that has a terminal elsewhere.
    package var isRaw: Bool
    /// Whether it goes on when the caller who writes is gone.
    package var outlives: Bool
    /// What is to be known of it later, in the words of whoever starts it. It becomes the file `about`.
    package var about: [UInt8]

    package init(
        terminal: TerminalSize? = nil, isRaw: Bool = false, outlives: Bool = true, about: [UInt8] = []
    ) {
        self.terminal = terminal
        self.isRaw = isRaw
        self.outlives = outlives
        self.about = about
    }
}

/// Why a spec cannot be passed to a supervisor or was not understood by one.
package enum SupervisorSpecError: Error, Equatable, CustomStringConvertible {
    /// Larger than `SupervisorSpec.largest` bytes when encoded.
    case tooLarge(Int)
    /// Not an encoded spec, or one of another version.
    case malformed

    package var description: String {
        switch self {
        case .tooLarge(let count): "the program's arguments, environment and input have \(count) bytes, too many"
        case .malformed: "the supervisor was given something that is no specification"
        }
    }
}

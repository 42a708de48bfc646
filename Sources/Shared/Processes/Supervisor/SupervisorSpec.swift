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

    package init(
        process: ProcessSpec, timeLimitMs: UInt64? = nil, logLimitBytes: UInt64 = 1 << 30, killGraceMs: UInt64 = 5000,
        input: [UInt8] = [], group: ControlGroup? = nil
    ) {
        self.process = process
        self.timeLimitMs = timeLimitMs
        self.logLimitBytes = logLimitBytes
        self.killGraceMs = killGraceMs
        self.input = input
        self.group = group
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

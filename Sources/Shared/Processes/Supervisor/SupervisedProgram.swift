import CProcesses
import Glibc

/// The program of a session: its pid, our ends of its pipes or its terminal, and what is still to be written to it.
struct SupervisedProgram {
    /// Input that may wait, in bytes. Who writes never has more under way.
    static let inputWindow = 1 << 20

    let pid: Int32
    let hasTerminal: Bool
    /// Whether it carries a program that has its terminal elsewhere.
    private let isRaw: Bool
    /// Our ends, -1 when closed.
    var output: Int32
    var errors: Int32
    var input: Int32
    private var waiting: [UInt8]
    /// How much of `waiting` was written already.
    private var used = 0
    /// Whether the input ends behind what waits.
    private var isEnding: Bool
    private var lastByte = UInt8(ascii: "\n")
    /// Input that was taken in, and input that was written, or thrown away: both in all.
    private(set) var accepted: UInt64 = 0
    private(set) var written: UInt64 = 0

    init(starting spec: SupervisorSpec) throws(LaunchError) {
        waiting = spec.input
        isEnding = spec.session == nil
        hasTerminal = spec.session?.terminal != nil
        isRaw = spec.session?.isRaw ?? false
        if let size = spec.session?.terminal {
            let terminal = try PseudoTerminal(size, isRaw: isRaw)
            (output, input) = try terminal.ends()
            errors = -1
            pid = try Launcher.start(spec.process, .terminal(terminal.path), group: spec.group, account: spec.account)
        } else {
            let output = try Pipe(capacity: 1 << 18)
            let errors = try Pipe(capacity: 1 << 18)
            let input = spec.input.isEmpty && spec.session == nil ? nil : try Pipe(capacity: 1 << 16)
            pid = try Launcher.start(
                spec.process, .files([input?.reading.fd ?? 0, output.writing.fd, errors.writing.fd]),
                group: spec.group, account: spec.account)
            self.output = output.reading.take()
            self.errors = errors.reading.take()
            self.input = input?.writing.take() ?? -1
        }
        for fd in [output, errors, input] where fd >= 0 { _ = cp_set_nonblocking(fd) }
    }

    /// Whether an output is still open.
    var hasOutput: Bool { output >= 0 || errors >= 0 }

    /// Whether something is to be written, or ended, as soon as the program takes it.
    var wantsInput: Bool { input >= 0 && (used < waiting.count || isEnding) }

    /// Takes input in; false where more waits than may. After its end it is thrown away.
    mutating func push(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard input >= 0, !isEnding else {
            accepted += UInt64(bytes.count)
            written += UInt64(bytes.count)
            return true
        }
        guard waiting.count - used + bytes.count <= Self.inputWindow else { return false }
        accepted += UInt64(bytes.count)
        waiting += bytes
        lastByte = bytes.last ?? lastByte
        return true
    }

    /// Writes what the program takes at the moment, and ends its input where that is due or nobody reads it.
    mutating func feed() {
        while input >= 0, used < waiting.count {
            let count = waiting.withUnsafeBytes { write(input, $0.baseAddress?.advanced(by: used), $0.count - used) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return compact() }
            guard count > 0 else { return endInput() }
            used += count
            written += UInt64(count)
        }
        compact()
        if isEnding { finishInput() }
    }

    private mutating func compact() {
        if used == waiting.count {
            waiting.removeAll(keepingCapacity: waiting.capacity <= 1 << 16)
            used = 0
        } else if used >= 1 << 16 {
            waiting.removeFirst(used)
            used = 0
        }
    }

    /// What a person would do to end it. On a terminal more may follow.
    private mutating func finishInput() {
        guard hasTerminal else { return endInput() }
        isEnding = false
        // The settings of a terminal that is elsewhere are not known here; this is what they are at first.
        let isInLine = lastByte != UInt8(ascii: "\n")
        let keys =
            isRaw
            ? TerminalInput.usualEndKeys(isInLine: isInLine)
            : PseudoTerminal.input(input)?.endKeys(isInLine: isInLine) ?? []
        guard !keys.isEmpty else { return }
        _ = write(input, keys, keys.count)
        lastByte = UInt8(ascii: "\n")
    }

    /// The input ends behind what waits.
    mutating func endInputLater() {
        isEnding = true
        feed()
    }

    /// Types one key past all that waits, where there is room for one.
    func type(_ key: UInt8) {
        guard input >= 0 else { return }
        _ = withUnsafeBytes(of: key) { write(input, $0.baseAddress, 1) }
    }

    /// Throws away what the program has not read.
    mutating func dropInput() {
        forgetInput()
        if hasTerminal, input >= 0 { PseudoTerminal.flushInput(input) }
    }

    private mutating func forgetInput() {
        written += UInt64(waiting.count - used)
        waiting = []
        used = 0
    }

    /// Nothing is written any more.
    mutating func endInput() {
        if input >= 0 { close(input) }
        input = -1
        forgetInput()
    }

    mutating func closeOutput(_ kind: Record.Kind) {
        let fd = kind == .stdout ? output : errors
        guard fd >= 0 else { return }
        close(fd)
        if kind == .stdout { output = -1 } else { errors = -1 }
    }

    /// The group that a person at its terminal means; without one, or where none is in front, its own.
    var foreground: Int32 { hasTerminal && output >= 0 ? PseudoTerminal.foreground(output) ?? pid : pid }
}

import CProcesses
import Glibc

/// The program of a session: its pid, our ends of its pipes, and what is still to be written to its stdin.
struct SupervisedProgram {
    let pid: Int32
    /// Our ends, -1 when closed.
    var output: Int32
    var errors: Int32
    var input: Int32
    private var pending: ArraySlice<UInt8>

    init(starting spec: SupervisorSpec) throws(LaunchError) {
        let output = try Pipe(capacity: 1 << 18)
        let errors = try Pipe(capacity: 1 << 18)
        let input = spec.input.isEmpty ? nil : try Pipe(capacity: 1 << 16)
        pid = try Launcher.start(
            spec.process, input: input?.reading.fd ?? 0, output: output.writing.fd, error: errors.writing.fd,
            group: spec.group)
        self.output = output.reading.take()
        self.errors = errors.reading.take()
        self.input = input?.writing.take() ?? -1
        pending = spec.input[...]
        for fd in [self.output, self.errors, self.input] where fd >= 0 { _ = cp_set_nonblocking(fd) }
    }

    /// Whether an output is still open.
    var hasOutput: Bool { output >= 0 || errors >= 0 }

    /// Writes what the program's stdin takes at the moment, and ends it when all is written or nobody reads it.
    mutating func feed() {
        guard input >= 0 else { return }
        let count = pending.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        if count > 0 { pending = pending.dropFirst(count) }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        if pending.isEmpty || count < 0 { endInput() }
    }

    mutating func endInput() {
        if input >= 0 { close(input) }
        input = -1
        pending = []
    }
}

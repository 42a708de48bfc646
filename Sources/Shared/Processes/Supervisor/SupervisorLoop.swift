import CProcesses
import Glibc

/// The life of a supervised program in one loop of poll(2): output, children, clients, clocks.
final class SupervisorLoop {
    /// Where the session is. The program ends once; then what it left is ended; then its output is read out.
    enum Phase {
        case running
        /// The program has ended, its descendants are being ended. It stays a zombie so that its group is safe to
        /// signal.
        case clearing(since: UInt64)
        /// Nothing runs any more.
        case draining(since: UInt64)
        case over
    }

    static let second: UInt64 = 1_000_000_000
    /// Output is given up after so much silence, and after so much time at all.
    static let quiet = second / 4
    static let drain = 2 * second
    /// How often descendants are looked for while they are being ended.
    static let clearingStep = second / 50
    /// After SIGKILL, what still lives is left behind.
    static let patience = 10 * second

    /// Who starts a session that goes with its caller joins it at once.
    private static let joining = 60 * second

    let grace: UInt64
    /// Holds the program and all that it starts, where there is one.
    let group: ControlGroup?
    let signals: Int32
    var program: SupervisedProgram
    var recording: RecordingWriter
    var clients: SupervisorClients
    /// Those who have joined; nil for a program that runs by itself.
    let live: LiveSession?
    /// Whether the program goes on when who writes is gone.
    let outlives: Bool
    /// That of the terminal.
    var size: TerminalSize?
    var phase = Phase.running
    var record = ExitRecord(exit: ProcessExit(code: 255))
    var leaderReaped = false
    /// When the program's time is over.
    var timeLimitAt: UInt64?
    /// When SIGKILL is due, once something was asked to end.
    var killAt: UInt64?
    /// Whether SIGKILL went out while the program ran.
    var killed = false
    /// Whether the session ends because its caller is gone.
    var callerLeft = false
    /// Descendants that got SIGTERM already.
    var asked: Set<Int32> = []
    /// When a session that nobody has joined yet is given up.
    var joinBy: UInt64?
    private var syncAt: UInt64?
    private var lastOutput: UInt64 = 0

    init(spec: SupervisorSpec, program: SupervisedProgram, recording: Int32, socket: Int32, signals: Int32) {
        self.program = program
        self.signals = signals
        group = spec.group
        self.recording = RecordingWriter(fd: recording, limit: spec.logLimitBytes)
        clients = SupervisorClients(socket: socket)
        live = spec.session == nil ? nil : LiveSession()
        outlives = spec.session?.outlives ?? true
        size = spec.session?.terminal
        if !outlives { joinBy = Time.monotonic() + Self.joining }
        grace = Self.nanoseconds(spec.killGraceMs)
        timeLimitAt = spec.timeLimitMs.map { Self.saturating(Time.monotonic(), Self.nanoseconds($0)) }
    }

    /// Runs until the program and all it started are gone and its output is recorded; says how it ended.
    func run() -> ExitRecord {
        while true {
            if case .over = phase { break }
            step()
        }
        recording.finish(time: Time.unixMicroseconds())
        record.outputBytes = recording.outputBytes
        record.recordedBytes = recording.recordedBytes
        record.gapBytes = recording.gapBytes
        record.truncated = recording.truncated
        record.outputOpen = program.hasOutput
        var result = record
        cp_children_usage(&result.utimeUs, &result.stimeUs, &result.maxRssBytes)
        if let group {
            group.account(in: &result)
            _ = group.remove()
        }
        return result
    }

    private func step() {
        var polled: [pollfd] = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        if !isHeldBack {
            for fd in [program.output, program.errors] where fd >= 0 {
                polled.append(pollfd(fd: fd, events: Int16(POLLIN), revents: 0))
            }
        }
        if program.wantsInput { polled.append(pollfd(fd: program.input, events: Int16(POLLOUT), revents: 0)) }
        for fd in clients.descriptors(joined: live?.attachments.count ?? 0) {
            polled.append(pollfd(fd: fd, events: Int16(POLLIN), revents: 0))
        }
        if let live { polled += live.polled }
        poll(&polled, nfds_t(polled.count), timeout())
        for entry in polled where entry.revents != 0 {
            switch entry.fd {
            case signals: takeSignals()
            case program.output: pump(.stdout)
            case program.errors: pump(.stderr)
            case program.input: program.feed()
            default:
                if let live, live.owns(entry.fd) {
                    // What they may be sent is, below.
                    if entry.revents & ~Int16(POLLOUT) != 0 { live.listen(entry.fd, take) }
                } else {
                    clients.serve(entry.fd) { self.obey($0, $1, $2) }
                }
            }
        }
        live?.flush(program)
        tick()
    }

    /// While the program runs it waits for who writes to take its output; afterwards the recording has what they miss.
    private var isHeldBack: Bool {
        guard case .running = phase, let live else { return false }
        return live.holdsBack
    }

    /// Milliseconds until the next thing that happens by itself, -1 for none.
    private func timeout() -> Int32 {
        let now = Time.monotonic()
        var next: [UInt64?] = [syncAt]
        switch phase {
        case .running: next += [timeLimitAt, killAt, joinBy]
        case .clearing: next.append(now + Self.clearingStep)
        case .draining(let since): next += [since + Self.drain, max(since, lastOutput) + Self.quiet]
        case .over: return 0
        }
        guard let soonest = next.compactMap(\.self).min() else { return -1 }
        guard soonest > now else { return 0 }
        return Int32(clamping: (soonest - now) / 1_000_000 + 1)
    }

    /// What the clock asks for.
    private func tick() {
        let now = Time.monotonic()
        if let due = syncAt, now >= due {
            recording.sync()
            syncAt = nil
        }
        switch phase {
        case .running:
            if let due = timeLimitAt, now >= due { stop(.timeLimit) }
            if let due = killAt, now >= due { killAll() }
            watchCallers(now)
        case .clearing(let since): clear(since: since, now: now)
        case .draining(let since):
            let silent = now >= max(since, lastOutput) + Self.quiet
            if !program.hasOutput || silent || now >= since + Self.drain { phase = .over }
        case .over: break
        }
    }

    /// Reads once from an output into the recording.
    private func pump(_ kind: Record.Kind) {
        let fd = kind == .stdout ? program.output : program.errors
        guard fd >= 0 else { return }
        let room = recording.payload
        let count = read(fd, room.baseAddress, room.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        // A terminal says by an error that nobody has its other side any more.
        guard count > 0 else { return program.closeOutput(kind) }
        lastOutput = Time.monotonic()
        live?.append(kind, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
        recording.append(kind, count: count, time: Time.unixMicroseconds())
        if recording.isDirty, syncAt == nil { syncAt = lastOutput + Self.second }
    }

    static func nanoseconds(_ milliseconds: UInt64) -> UInt64 {
        let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : value
    }

    static func saturating(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (value, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : value
    }
}

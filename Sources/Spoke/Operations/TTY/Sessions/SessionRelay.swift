import CallProtocol
import NIOCore
import Operations
import Processes
import Synchronization

/// One caller who has joined a session: what they say goes to its supervisor, and its output to them.
final class SessionRelay: Sendable {
    let directory: String
    let stream: SessionStream
    let signals: SignalWay
    private let connection: SessionConnection?
    private let isWriter: Bool
    /// The program whose input is the session's terminal; nil where it has none, or it is not to be looked at.
    private let pid: Int32?
    /// Fires when the caller ends the input.
    private let ended = Signal()
    private let writing = Permits(1)
    private let input = Mutex(InputCount())

    /// Input of this caller, in bytes, counted as the session counts it.
    private struct InputCount {
        var sent: UInt64 = 0
        var acknowledged: UInt64 = 0
    }

    /// - Parameter connection: nil for a session that has ended: its recording is told.
    init(
        _ directory: String, _ connection: SessionConnection?, pid: Int?, hasTerminal: Bool, isWriter: Bool,
        signals: SignalWay,
        stream: SessionStream
    ) {
        // What carries a program elsewhere has a terminal of its own, which says nothing of that one's.
        self.pid = hasTerminal && signals == .sent ? pid.flatMap { Int32(exactly: $0) } : nil
        self.directory = directory
        self.connection = connection
        self.isWriter = isWriter
        self.signals = signals
        self.stream = stream
        input.withLock { count in
            count.sent = connection?.accepted ?? 0
            count.acknowledged = connection?.written ?? 0
        }
    }

    /// Moves bytes until the session is over and its end is told, or the caller leaves.
    func run(from offset: UInt64) async throws {
        let tasks = [Task { await self.listen() }, Task { await self.endInput() }]
        defer {
            for task in tasks { task.cancel() }
            connection?.close()
        }
        var tail = SessionOutput(directory: directory, stream: stream, place: offset)
        var joined = connection
        while let current = joined {
            try await tail.catchUp(to: current.begin)
            switch try await pass(current, &tail) {
            case .over: joined = nil
            case .behind:
                // Who only watches is never waited for; the recording has what they were too slow for.
                joined = try await SessionConnection.join(directory, from: tail.place, isWriter: false)
            }
        }
        try await conclude(&tail)
    }

    private enum Passed {
        case over, behind
    }

    private func pass(_ connection: SessionConnection, _ tail: inout SessionOutput) async throws -> Passed {
        while let news = try await connection.next() {
            switch news {
            case .output(let kind, let bytes): try await tail.send(kind, bytes)
            case .acknowledged(let written):
                input.withLock { $0.acknowledged = max($0.acknowledged, written) }
                var chunk = ByteBuffer()
                chunk.writeAcknowledgement(Int64(clamping: written))
                try await stream.sendRaw(chunk)
            case .replaced: try await stream.sendControl(["type": "replaced"])
            case .behind: return .behind
            }
        }
        return .over
    }

    /// The rest of the recording, and how the program ended.
    private func conclude(_ tail: inout SessionOutput) async throws {
        if case .running = try SupervisorClient.inspect(directory), let connection {
            // The supervisor let go of this caller, not of the program, or is about to leave its last word.
            guard try await ends(connection) else {
                throw StreamFailure(.aborted, "the same caller has joined anew")
            }
        }
        let exit: TTYExit
        var isOpen = false
        switch try await SupervisorClient.waitForExit(directory) {
        case .exited(let record):
            try await tail.catchUp(to: max(record.outputBytes, tail.place))
            exit = TTYExit(record.exit)
            isOpen = record.outputOpen
        case .lost:
            try await tail.catchUp(to: nil)
            exit = TTYExit(code: -1, error: "the session's supervisor is gone, as after a crash of the machine")
        }
        var members = exit.json
        if isOpen { members["outputOpen"] = true }
        try await ProgramSession.sendEnd(members, to: stream)
    }

    /// Whether the session itself ends within moments.
    private func ends(_ connection: SessionConnection) async throws -> Bool {
        for _ in 0..<40 {
            guard case .running = try SupervisorClient.inspect(directory) else { return true }
            if let again = try await SessionConnection.join(directory, from: .max, isWriter: false) {
                again.close()
                return false
            }
            try await ContinuousClock().sleep(for: .milliseconds(25))
        }
        return true
    }

    /// Takes what the caller says, until they leave.
    private func listen() async {
        do {
            while let part = try await stream.next() { try await obey(part) }
            ended.fire()
        } catch is CancellationError {
        } catch is ProcessIOError {
            // The session is over; its end is told by who follows it.
        } catch {
            if !(error is StreamFailure) { stream.reset(.frame, "\(error)") }
            connection?.close()
        }
    }

    private func obey(_ part: ChunkDecoder.Part) async throws {
        switch part {
        case .bytes(.stdin, let bytes): try await type(bytes)
        case .empty(.stdin): ended.fire()
        case .empty(.control): break
        case .control(let json): try await obey(json)
        case .bytes(let type, _), .empty(let type):
            throw StreamFailure.refused(stream, .protocolViolation, "a caller sends no chunks of type \(type.rawValue)")
        }
    }

    /// Ends the program's input once its caller has.
    private func endInput() async {
        guard isWriter, let connection, (try? await ended.wait(after: 0)) != nil else { return }
        let end = InputEnd(clock: ContinuousClock(), hasTerminal: pid != nil) { [pid] in
            pid.flatMap { ForeignTerminal(of: $0) }?.input
        }
        try? await end.tell { [writing] _ in try await writing.with { try await connection.endInput() } }
    }

    private func type(_ bytes: ByteBuffer) async throws {
        guard isWriter, let connection else { return }
        let isTooMuch = input.withLock { count in
            count.sent += UInt64(bytes.readableBytes)
            return count.sent > count.acknowledged + UInt64(SessionConnection.inputWindow)
        }
        guard !isTooMuch else {
            throw StreamFailure.refused(
                stream, .flow, "more than \(SessionConnection.inputWindow) bytes of stdin are unacknowledged")
        }
        try await writing.with { try await connection.input(bytes.readableBytesView) }
    }

    private func obey(_ json: ByteBuffer) async throws {
        let control = try RawJSON(validating: json).value()
        guard isWriter, let connection, control.objectValue != nil else { return }
        switch control["type"]?.stringValue {
        case "signal":
            guard let signal = control["name"]?.stringValue.flatMap(ProcessSignal.init(rawValue:)) else { return }
            let flush = control["flush"]?.boolValue == true
            let key = signals == .typed ? signal.key : nil
            guard signals != .typed || key != nil else { return }
            try await writing.with {
                try await connection.signal(signal, flush: flush, typed: key, isRelayed: signals == .relayed)
            }
        case "resize":
            guard let size = try? JSONCoding.decode(TerminalRequest.self, from: json) else { return }
            try await writing.with { try await connection.resize(size.size) }
        case "eof": ended.fire()
        default: break
        }
    }
}

extension StreamFailure {
    /// Resets a stream, and says why.
    fileprivate static func refused(_ stream: SessionStream, _ code: LinkCode, _ reason: String) -> StreamFailure {
        stream.reset(code, reason)
        return StreamFailure(code, reason)
    }
}

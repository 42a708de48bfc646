import CallProtocol
import NIOCore
import Operations
import Processes

/// Who can run a program for a caller and carry its input and output.
protocol TTYBackend: Sendable {
    /// Starts what was asked for.
    /// - Throws: `CallError` for what is refused.
    func open(_ input: TTYOpenInput, for caller: Caller) async throws -> TTYOpening

    /// The program of this machine that a supervisor is to start for it: itself, or what carries one that is elsewhere.
    /// - Throws: `CallError` for what is refused.
    func program(_ input: TTYOpenInput, for caller: Caller) async throws -> LocalProgram
}

/// What became of a start.
enum TTYOpening: Sendable {
    /// - Parameter typesSignals: whether the program is elsewhere, and hears only what is typed into its terminal.
    case started(any TTYHandle, typesSignals: Bool = false)
    /// There is no such program or it cannot be executed: the caller's business, like any exit code.
    case notStarted(TTYExit)
}

/// A program with its input and output, whoever runs it. One reader for each output, one writer; all of it at once.
protocol TTYHandle: Sendable {
    /// On this machine; nil where nobody knows.
    var processID: Int? { get }
    var hasTerminal: Bool { get }

    /// Who reads it does so on this event loop: it may be read there from now on, and not before it is asked for.
    func readTerminal(on loop: any EventLoop)
    /// What is there, without waiting. An output that a program has not (stderr on a terminal) is at its end.
    func readNow(_ output: ProcessOutput, into room: UnsafeMutableRawBufferPointer) throws(ProcessIOError) -> ReadResult
    /// Returns when `readNow` would bring something; may return too early.
    func waitReadable(_ output: ProcessOutput) async throws
    /// Reads no more; who waits for it sees the end.
    func closeOutput(_ output: ProcessOutput)

    /// - Throws: `ProcessIOError.closed` when the program takes no input any more.
    func writeNow(_ bytes: UnsafeRawBufferPointer) throws(ProcessIOError) -> WriteResult
    func waitWritable() async throws
    /// The program sees the end of its input. - Parameter isInLine: whether the last byte written was no newline.
    func endInput(isInLine: Bool) async throws
    /// How its terminal takes input; nil without one, or where it is not to be seen.
    @Sendable func terminalInput() async -> TerminalInput?
    /// Nothing more is written; who waits to write sees that.
    func closeStdin()

    /// Throws away what was written and not read, where that can be done.
    func flushInput()
    /// Without effect where there is no terminal.
    func resize(_ size: TerminalSize)
    func signal(_ signal: ProcessSignal)

    /// How it ended, once it has.
    func exit() async throws -> TTYExit
    /// Ends it, and returns when nothing of it is left or can be reached. Takes no notice of cancellation.
    func terminate(clock: any Clock<Duration>) async
}

extension TTYHandle {
    func flushInput() {}

    func readTerminal(on loop: any EventLoop) {}
}

/// How a program ended.
struct TTYExit: Sendable, Hashable {
    /// As the wire has it: -s for a signal, -1 where nobody could tell.
    var code: Int
    var signal: String?
    var error: String?
    /// Whether somebody else still holds the output.
    var outputOpen = false

    init(code: Int, signal: String? = nil, error: String? = nil) {
        self.code = code
        self.signal = signal
        self.error = error
    }

    init(_ exit: ProcessExit) {
        self.init(
            code: Int(exit.signal.map { -$0 } ?? exit.code), signal: exit.signal.map(ProcessSignal.name(of:)))
    }

    /// As the last chunk says it.
    var json: JSONValue {
        var members: JSONValue = ["type": "exit", "code": .integer(Int64(code))]
        if let signal { members["signal"] = .string(signal) }
        if let error { members["error"] = .string(error) }
        if outputOpen { members["outputOpen"] = true }
        return members
    }
}

extension TerminalRequest {
    /// As engines want it when they make a program; nil where it is no size.
    var consoleSize: JSONValue? {
        cols > 0 && rows > 0 ? [.integer(Int64(rows)), .integer(Int64(cols))] : nil
    }

    var size: TerminalSize {
        TerminalSize(
            columns: UInt16(clamping: cols), rows: UInt16(clamping: rows),
            pixelWidth: UInt16(clamping: pixelWidth ?? 0),
            pixelHeight: UInt16(clamping: pixelHeight ?? 0))
    }
}

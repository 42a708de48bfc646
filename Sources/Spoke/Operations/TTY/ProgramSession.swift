import CallProtocol
import NIOCore
import Operations
import Processes
import Synchronization

/// A program and the stream of its caller: both directions and stderr move at once, exit comes last.
///
/// The stream is always read, so a signal or an end of input never waits behind input that the program does not
/// take. Whatever fails, the program is ended and reaped before `run` returns.
final class ProgramSession: Sendable {
    enum Step: Sendable {
        case exited, drained, fed, lateTold
    }

    let program: any TTYHandle
    /// Whether it hears only what is typed.
    let typesSignals: Bool
    let stream: SessionStream
    let clock: any Clock<Duration>
    let stdin: StdinQueue
    let progress = OutputProgress()
    let owed = OwedInput()
    /// Fires when something is owed for too long.
    let overdue = Signal()
    private let writing = Permits(1)
    private let failed = Signal()
    private let failure = Mutex<(any Error)?>(nil)

    init(
        program: any TTYHandle, typesSignals: Bool, stream: SessionStream, window: Int, clock: any Clock<Duration>
    ) {
        self.program = program
        self.typesSignals = typesSignals
        self.stream = stream
        self.clock = clock
        stdin = StdinQueue(window: window)
    }

    /// Moves bytes until the program has ended and its exit is sent.
    /// - Throws: what ended the session before that.
    func run() async throws {
        let executor = stream.executor
        if let loop = stream.eventLoop { program.readTerminal(on: loop) }
        // Not awaited: a read of the stream ends with the stream, which may outlast the program.
        let receiving = Task(executorPreference: executor) { await self.receive() }
        defer { receiving.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await withTaskExecutorPreference(executor) { try await converse() }
                try await sendExit(try await program.exit())
            } onCancel: {
                stream.reset(.aborted, "the session was cancelled")
            }
        } catch {
            await program.terminate(clock: clock)
            throw error
        }
    }

    /// Sends one chunk or several; chunks of different senders never mix.
    func send(_ chunks: ByteBuffer) async throws {
        try await writing.with { try await stream.sendRaw(chunks) }
    }

    /// The same, and does not leave it to the end of the event loop's turn.
    func sendAtOnce(_ chunks: ByteBuffer) async throws {
        try await writing.with {
            if !stream.sendRawNow(chunks) { try await stream.sendRaw(chunks) }
            stream.flush()
        }
    }

    func sendControl(_ value: JSONValue) async throws {
        let json = RawJSON(value).buffer
        var chunk = ByteBuffer()
        chunk.reserveCapacity(Chunk.headerLength + json.readableBytes)
        chunk.writeChunk(.control, json)
        try await send(chunk)
    }

    /// Ends the session with an error.
    func fail(_ error: any Error) {
        failure.withLock { $0 = $0 ?? error }
        failed.fire()
    }

    private func converse() async throws {
        try await withThrowingTaskGroup(of: Step.self) { group in
            group.addTask { try await self.awaitFailure() }
            group.addTask { try await self.feed() }
            group.addTask { try await self.acknowledgeLate() }
            group.addTask { try await self.pump(.stdout, as: .stdout) }
            group.addTask { try await self.pump(.stderr, as: .stderr) }
            group.addTask {
                _ = try await self.program.exit()
                return .exited
            }
            var open = 2
            var hasExited = false
            while open > 0 || !hasExited, let step = try await group.next() {
                switch step {
                case .drained: open -= 1
                case .exited:
                    hasExited = true
                    stdin.close()
                    program.closeStdin()
                    if open > 0 { group.addTask { try await self.limitDraining() } }
                case .fed, .lateTold: break
                }
            }
            group.cancelAll()
            try await tellOwed()
        }
    }

    private func awaitFailure() async throws -> Step {
        while true {
            let count = failed.count
            if let failure = failure.withLock({ $0 }) { throw failure }
            try await failed.wait(after: count)
        }
    }

    /// The last chunks: stdout is drained, and how the program ended.
    private func sendExit(_ exit: TTYExit) async throws {
        var members = exit.json
        if progress.isOpen { members["outputOpen"] = true }
        try await Self.sendEnd(members, to: stream)
    }

    static func sendEnd(_ exit: JSONValue, to stream: SessionStream) async throws {
        var chunks = ByteBuffer()
        chunks.writeChunk(.stdout, ByteBuffer())
        chunks.writeChunk(.control, RawJSON(exit).buffer)
        try await stream.sendRaw(chunks)
    }
}

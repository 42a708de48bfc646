import CallProtocol
import Engine
package import NIOCore
import Operations
package import Processes
import Synchronization

/// Carries one program in a container for a session that outlives its callers, or is recorded: the supervisor keeps this
/// process, and this process the connection to the engine.
package final class ContainerSession: Sendable {
    /// How this binary is called to be one.
    package static let command = "carry-session"
    /// Where it finds its ``ContainerSessionJob``: not among the arguments, which all users of a machine can read.
    package static let variable = "CAPSTAN_SESSION_JOB"
    /// Bytes of a job, at most: what systems take for one variable, less its name.
    static let longest = 127 * 1024
    /// Until it is killed: 5 s to be joined to the program where it has just begun, 5 s for the program's own end after
    /// SIGHUP, and 5 s to see it end after SIGKILL.
    static let graceMs: UInt64 = 17_000
    /// An exit code for what ended without one that anybody could tell, as ssh's.
    private static let unknown: Int32 = 255
    private static let notRun: Int32 = 126
    /// How long a wish to end waits for the engine to start the program.
    private static let startGrace = Duration.seconds(5)

    private let job: ContainerSessionJob
    private let client: EngineClient
    private let clock: any Clock<Duration>
    private let program = Mutex<ContainerProgram?>(nil)
    private let wishes = Mutex(Wishes())

    /// What came before there was a program.
    private struct Wishes {
        var size: TerminalSize?
        var signals: [ProcessSignal] = []
        var shallEnd = false
        var starting: Task<ContainerProgram, any Error>?
    }

    package init(
        reading text: String, group: any EventLoopGroup, clock: any Clock<Duration> = ContinuousClock()
    ) throws {
        job = try JSONCoding.decode(ContainerSessionJob.self, from: ByteBuffer(string: text))
        client = EngineClient(EngineAddress(path: job.engine), group: group)
        self.clock = clock
    }

    /// Whether the program has a terminal.
    package var hasTerminal: Bool { job.hasTerminal }

    /// Carries it to its end.
    /// - Parameters:
    ///   - read: the next input; nil at its end.
    ///   - write: takes output.
    /// - Returns: the exit code to end with, and what is to be said where it is not the program's own.
    package func run(
        read: @escaping @Sendable () async throws -> ByteBuffer?,
        write: @escaping @Sendable (ProcessOutput, ByteBuffer) async throws -> Void
    ) async -> (code: Int32, message: String?) {
        let program: ContainerProgram
        do {
            let starting = Task { [job, client, clock] in try await job.start(client, clock: clock) }
            wishes.withLock { $0.starting = starting }
            program = try await starting.value
        } catch is CancellationError {
            return (Self.notRun, "the session was ended, and the engine had not started the program")
        } catch {
            return (Self.notRun, "\(error)")
        }
        let wishes = self.program.withLock { held in
            held = program
            return self.wishes.withLock { $0 }
        }
        if let size = wishes.size { program.resize(size) }
        for signal in wishes.signals { program.signal(signal) }
        if wishes.shallEnd { end() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in await Self.feed(program, clock: clock, read) }
            let outputs = Task { [clock] in
                await withTaskGroup(of: Void.self) { both in
                    for output in ProcessOutput.allCases {
                        both.addTask { await Self.pump(program, output, clock: clock, write) }
                    }
                }
            }
            let exit = try? await program.exit()
            await outputs.value
            group.cancelAll()
            guard let exit, exit.code >= 0 else { return (Self.unknown, exit?.error) }
            return (Int32(truncatingIfNeeded: exit.code), exit.error)
        }
    }

    private static func feed(
        _ program: ContainerProgram, clock: any Clock<Duration>, _ read: @Sendable () async throws -> ByteBuffer?
    ) async {
        var last = UInt8(ascii: "\n")
        do {
            while let bytes = try await read() {
                last = bytes.readableBytesView.last ?? last
                try await program.write(bytes)
            }
            let isInLine = last != UInt8(ascii: "\n")
            try await InputEnd(clock: clock, hasTerminal: program.hasTerminal, look: program.terminalInput).tell {
                isFirst in
                try await program.endInput(isInLine: isFirst && isInLine)
            }
        } catch {
            // The program is over, or this is.
        }
    }

    private static func pump(
        _ program: ContainerProgram, _ output: ProcessOutput, clock: any Clock<Duration>,
        _ write: @Sendable (ProcessOutput, ByteBuffer) async throws -> Void
    ) async {
        do {
            while let bytes = try await program.next(output) { try await write(output, bytes) }
        } catch {
            // Nobody supervises this any more.
            program.closeOutput(output)
            await program.terminate(clock: clock)
        }
    }

    /// Its terminal has another size.
    package func resize(_ size: TerminalSize) {
        wishes.withLock { $0.size = size }
        program.withLock { $0 }?.resize(size)
    }

    /// Passes a signal on.
    package func pass(_ signal: ProcessSignal) {
        program.withLock { program in
            if let program { program.signal(signal) } else { wishes.withLock { $0.signals.append(signal) } }
        }
    }

    /// Ends the program, as where a terminal hangs up; one that is the container's own is left alone. Does so whatever the engine
    /// does, or does not.
    package func end() {
        let starting = wishes.withLock { wishes in
            wishes.shallEnd = true
            return wishes.starting
        }
        Task {
            guard let program = program.withLock({ $0 }) else {
                try await clock.sleep(for: Self.startGrace)
                starting?.cancel()
                return
            }
            await program.terminate(clock: clock)
        }
    }
}

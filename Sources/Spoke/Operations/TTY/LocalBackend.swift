import CallProtocol
import Operations
import Processes

/// Programs of the machine itself, on pipes or on a terminal.
struct LocalBackend: TTYBackend {
    let environment: ProgramEnvironment
    /// Ends the programs when this process is gone.
    let children: ChildGuard

    func program(_ input: TTYOpenInput, for caller: Caller) throws(CallError) -> LocalProgram {
        guard let program = input.cmd.first, !program.isEmpty else {
            throw CallError(.invalidInput, "cmd names no program")
        }
        return try LocalProgram(input.cmd, input, environment)
    }

    func open(_ input: TTYOpenInput, for caller: Caller) async throws -> TTYOpening {
        try start(try program(input, for: caller))
    }

    /// Starts a program that goes with its caller.
    func start(_ program: LocalProgram) throws(CallError) -> TTYOpening {
        do throws(LaunchError) {
            guard let size = program.terminal else {
                return .started(
                    try ChildProcess.start(program.process, account: program.account, guardian: children))
            }
            return .started(
                try ChildProcess.start(program.process, on: size, account: program.account, guardian: children))
        } catch {
            // A program that is not there is the caller's business like any exit code; what the machine lacks is refused.
            guard let code = error.exitCode else {
                if case .resourceExhausted(let text) = error { throw CallError(.resourceExhausted, text) }
                throw CallError(.failedPrecondition, error.description)
            }
            return .notStarted(TTYExit(code: Int(code), error: error.description))
        }
    }
}

extension ChildProcess: TTYHandle {
    var processID: Int? { Int(pid) }

    func resize(_ size: TerminalSize) { let _: Bool = resize(size) }

    func signal(_ signal: ProcessSignal) { let _: Bool = self.signal(signal) }

    @Sendable func terminalInput() async -> TerminalInput? { terminalInput }

    func exit() async throws -> TTYExit { TTYExit(try await exitUnlessCancelled()) }

    func terminate(clock: any Clock<Duration>) async {
        await terminate(signal: .hangUp, grace: .seconds(5), clock: clock)
    }
}

import CallProtocol
import Logging
import NIOCore
import Operations
import Processes
import Synchronization

/// Runs programs for callers who stay: their input and output go over the caller's stream.
final class TTYService: Sendable {
    /// Bytes of stdin that a caller may have unacknowledged.
    static let stdinWindow = 1 << 20

    private let environment: ProgramEnvironment
    private let children: ChildGuard
    private let clock: any Clock<Duration>
    private let newID: @Sendable () -> String
    private let open = Mutex(0)
    /// Fires when a session begins or ends.
    let changed = Signal()

    /// - Parameter children: ends the programs when this process is gone.
    init(
        environment: ProgramEnvironment, children: ChildGuard, clock: any Clock<Duration>,
        newID: @escaping @Sendable () -> String
    ) {
        self.environment = environment
        self.children = children
        self.clock = clock
        self.newID = newID
    }

    /// How many sessions are open.
    var openCount: Int { open.withLock { $0 } }

    func serve(_ input: TTYOpenInput, _ stream: SessionStream) async throws {
        try check(input)
        let directory = input.cwd ?? environment.defaultDirectory
        let spec = ProcessSpec(
            arguments: input.cmd, environment: environment.variables(input.env, directory: directory),
            workingDirectory: directory)
        if let invalidity = spec.invalidity { throw CallError(.invalidInput, invalidity) }
        let process: PipeProcess
        do {
            process = try PipeProcess.start(spec, guardian: children)
        } catch {
            return try await refuse(error, stream)
        }
        count(1)
        defer { count(-1) }
        let session = ProgramSession(process: process, stream: stream, window: Self.stdinWindow, clock: clock)
        do {
            try await stream.accept(
                TTYOpened(session: newID(), stdinWindow: Self.stdinWindow, pid: Int(process.pid)))
        } catch {
            await process.terminate(clock: clock)
            throw error
        }
        try await session.run()
    }

    private func count(_ change: Int) {
        open.withLock { $0 += change }
        changed.fire()
    }

    private func check(_ input: TTYOpenInput) throws(CallError) {
        let backend = input.backend ?? "local"
        guard backend == "local" else {
            throw CallError(.notFound, "there is no backend \"\(backend)\" on this node; `local` is the one there is")
        }
        guard let program = input.cmd.first, !program.isEmpty else {
            throw CallError(.invalidInput, "cmd names no program")
        }
        guard input.tty?.isNull ?? true else {
            throw CallError(.failedPrecondition, "terminals are not offered yet by this version; leave `tty` out")
        }
        guard input.session?["keep"]?.boolValue != true else {
            throw CallError(.failedPrecondition, "kept sessions are not offered yet by this version; leave `keep` out")
        }
        if let user = input.user, !environment.account.isNamed(user) {
            throw CallError(
                .failedPrecondition,
                "programs run here as \(environment.account.name); another user (\(user)) is not offered yet")
        }
    }

    /// A program that is not there is the caller's business like any exit code; what the machine lacks is refused.
    private func refuse(_ error: LaunchError, _ stream: SessionStream) async throws {
        guard let code = error.exitCode else {
            if case .resourceExhausted(let text) = error { throw CallError(.resourceExhausted, text) }
            throw CallError(.failedPrecondition, error.description)
        }
        try await stream.accept(TTYOpened(session: newID(), stdinWindow: Self.stdinWindow, pid: nil))
        try await ProgramSession.sendEnd(
            ["type": "exit", "code": .integer(Int64(code)), "error": .string(error.description)], to: stream)
    }
}

import CallProtocol
import Logging
import Operations
import Processes
import Synchronization

/// The sessions that run under supervisors: those that outlive their callers, and those that are recorded.
///
/// What is known of a session is in its directory, so nothing is lost with this process.
final class SessionService: Sendable {
    let configuration: SpokeConfiguration
    let store: SpokeStore
    let logger: Logger
    /// Fires when a session begins or ends.
    let changed = Signal()
    private let running = Mutex<Set<String>>([])
    /// One at a time, so that no name is given twice.
    private let opening = Permits(1)
    private let work: AsyncStream<String>
    private let queue: AsyncStream<String>.Continuation

    init(store: SpokeStore, configuration: SpokeConfiguration, logger: Logger) {
        self.store = store
        self.configuration = configuration
        self.logger = logger
        // One element for each session that begins.
        (work, queue) = AsyncStream.makeStream(of: String.self)
    }

    /// How many run.
    var openCount: Int { running.withLock { $0.count } }

    func directory(_ id: String) -> String { configuration.terminalsDirectory + "/" + id }

    /// Starts a program under a supervisor.
    /// - Throws: `CallError` for what is refused; then nothing runs.
    func start(_ program: LocalProgram, _ input: TTYOpenInput, for caller: Caller) async throws -> SessionStart {
        let keeps = input.session?.keep ?? false
        return try await opening.with {
            if keeps, let name = input.session?.name { try await checkFree(name) }
            let id = store.sessionID()
            var view = TTYSessionView(
                session: id, state: .running, cmd: input.cmd, backend: input.backend ?? TTYService.localName,
                startedAt: configuration.timestamp)
            view.name = input.session?.name
            view.user = program.account?.name ?? (program.isCarrier ? input.user : nil)
            switch view.backend {
            case ContainerBackend.name: view.container = input.container
            case SSHBackend.name: view.host = input.host
            default: break
            }
            (view.owner, view.ownerName) = (caller.forwardedFor?.peer, caller.forwardedFor?.name)
            view.keep = keeps
            view.recorded = configuration.recordsSessions && input.tty != nil
            if let tty = input.tty { (view.tty, view.cols, view.rows) = (true, tty.cols, tty.rows) }
            return try await start(program, view)
        }
    }

    private func checkFree(_ name: String) async throws {
        guard let other = try await all().first(where: { $0.state == .running && $0.name == name }) else { return }
        throw CallError(
            .conflict, "a session named \"\(name)\" runs here already",
            details: ["session": .string(other.session)])
    }

    private func start(_ program: LocalProgram, _ view: TTYSessionView) async throws -> SessionStart {
        var spec = SupervisorSpec(process: program.process)
        spec.account = program.account
        if program.isCarrier { spec.killGraceMs = ContainerSession.graceMs }
        spec.logLimitBytes = UInt64(clamping: configuration.sessionRecordingBytes)
        spec.session = SessionSpec(
            terminal: program.terminal, isRaw: program.isCarrier, outlives: view.keep,
            about: Array(try JSONCoding.encode(view).description.utf8))
        let directory = directory(view.session)
        do {
            // In a task of its own: a caller who goes away now leaves a session behind that somebody has to follow.
            let (told, executable) = (spec, configuration.executable)
            let start = try await Task {
                try await SupervisorClient.start(told, directory: directory, executable: executable)
            }.value
            switch start {
            case .started(let pid):
                follow(view.session)
                return .started(view.session, pid: pid)
            case .failed(let code, let text):
                _ = try? await offload { try SupervisorClient.remove(directory) }
                return .failed(view.session, TTYExit(code: Int(code), error: text))
            case .exists: throw CallError(.internalError, "the session \(view.session) is there already")
            }
        } catch let error as SupervisorSpecError {
            throw CallError(.invalidInput, "\(error)")
        } catch let error as SupervisorError {
            // Where it died after it had made the session, that has an end to be told of.
            if case .absent? = try? SupervisorClient.inspect(directory) {} else { follow(view.session) }
            throw CallError(.failedPrecondition, "the session was not started: \(error)")
        } catch let error as SystemError {
            throw CallError(.resourceExhausted, "the session was not started: \(error)")
        }
    }

    /// Finds the sessions that go on.
    func recover() async throws {
        let folder = configuration.terminalsDirectory
        try await offload { try SupervisorClient.sweep(folder) }
        for view in try await all() where view.state == .running || !SessionMark.isTold(directory(view.session)) {
            follow(view.session)
        }
    }

    /// Stays with the sessions to their ends, and tells of them. Returns when its task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await id in work {
                group.addTask { await self.awaitEnd(of: id) }
            }
            group.cancelAll()
        }
    }

    private func follow(_ id: String) {
        guard running.withLock({ $0.insert(id).inserted }) else { return }
        queue.yield(id)
        changed.fire()
    }

    private func awaitEnd(of id: String) async {
        var pause = Duration.milliseconds(200)
        while true {
            do {
                try await settle(id)
                break
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "session not followed", metadata: ["session": .string(id), "error": .string("\(error)")])
                do { try await configuration.clock.sleep(for: pause) } catch { return }
                pause = min(pause * 2, .seconds(30))
            }
        }
        running.withLock { _ = $0.remove(id) }
        changed.fire()
        await tellEnd(of: id)
    }

    private func settle(_ id: String) async throws {
        do {
            // What nobody supervises any more, nobody could end.
            if case .lost = try await SupervisorClient.waitForExit(directory(id)) {
                let view = try? await find(id)
                if view?.backend == ContainerBackend.name,
                    try SupervisorClient.killLost(directory(id), with: .terminate)
                {
                    // It ends what it carries first.
                    try await configuration.clock.sleep(for: .milliseconds(ContainerSession.graceMs))
                }
                try SupervisorClient.killLost(directory(id))
            }
        } catch SupervisorError.notRunning {
            // Somebody has removed it.
        }
    }

    /// Ends those that run, and waits until they are gone.
    func endAll() async {
        let ids = running.withLock { Array($0) }
        await withDiscardingTaskGroup { group in
            for id in ids {
                group.addTask {
                    _ = try? await SupervisorClient.cancel(self.directory(id))
                    _ = try? await SupervisorClient.waitForExit(self.directory(id))
                }
            }
        }
    }
}

/// What became of a start.
enum SessionStart: Sendable {
    case started(String, pid: Int32)
    /// The program is not there, or cannot be executed.
    case failed(String, TTYExit)
}

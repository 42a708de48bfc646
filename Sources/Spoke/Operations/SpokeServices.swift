import CallProtocol
import Database
package import Logging
package import Operations
import Processes

/// Everything a spoke does on its machine, ready to be served.
///
/// Order of use: `init`, `recover`, `run` beside the links, and at the end `shutdown`.
package final class SpokeServices: Sendable {
    private let configuration: SpokeConfiguration
    private let logger: Logger
    let store: SpokeStore
    let attempts: AttemptService
    private let journal: JournalService
    private let tty: TTYService
    private let sessions: SessionService
    private let host: HostService
    private let copies: CopyService
    private let engine: EngineWatch
    private let containers: ContainerService
    private let tunnels: TunnelService
    private let children = ChildGuard()

    /// How often the reserve and old attempts are looked after.
    private static let housekeeping = Duration.seconds(30)

    /// Opens the spoke's database and makes its folders; blocks.
    /// - Throws: `DatabaseFileError`; a damaged journal is refused with advice how to recover it.
    package init(_ configuration: SpokeConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        let store = try SpokeStore(configuration, logger: logger)
        try PrivateFolder.make(configuration.sessionsDirectory)
        try PrivateFolder.make(configuration.containersDirectory)
        try PrivateFolder.make(configuration.terminalsDirectory)
        try PrivateFolder.make(configuration.copiesDirectory)
        let environment = ProgramEnvironment(own: configuration.environment)
        let groups = Self.groups(configuration, logger)
        let engine = EngineWatch(configuration.engine, clock: configuration.clock, logger: logger)
        let containers = ContainerService(
            watch: engine, labels: ContainerLabels(prefix: configuration.labelPrefix),
            execsAtOnce: configuration.execsAtOnce, clock: configuration.clock, node: configuration.nodeID)
        let attempts = AttemptService(
            store: store, configuration: configuration, environment: environment, groups: groups,
            containers: containers, logger: logger)
        let local = LocalBackend(environment: environment, children: children)
        let sessions = SessionService(store: store, configuration: configuration, logger: logger)
        let tty = TTYService(
            backends: [
                TTYService.localName: local,
                ContainerBackend.name: ContainerBackend(
                    service: containers, environment: environment, executable: configuration.executable,
                    children: children),
                SSHBackend.name: SSHBackend(local: local),
            ], sessions: sessions, clock: configuration.clock
        ) {
            store.sessionID()
        }
        copies = CopyService(folder: configuration.copiesDirectory, home: environment.defaultDirectory)
        self.engine = engine
        self.containers = containers
        tunnels = TunnelService(containers)
        self.store = store
        self.attempts = attempts
        self.tty = tty
        self.sessions = sessions
        journal = JournalService(store: store, configuration: configuration)
        host = HostService(configuration, environment: environment, limits: groups == nil ? .accounting : .enforced) {
            [tunnels] in
            await Self.counts(
                store, attempts, tty.openCount + sessions.openCount, tunnels.openCount, engine, configuration)
        }
    }

    /// Where programs are limited; nil where they cannot be, which the log says with the reason.
    private static func groups(_ configuration: SpokeConfiguration, _ logger: Logger) -> ProgramGroups? {
        guard let takeover = configuration.groups else { return nil }
        do {
            let groups = try takeover.take()
            logger.notice("cpus and memory of programs are limits")
            return groups
        } catch {
            logger.notice("cpus and memory of programs are not limits", metadata: ["reason": .string("\(error)")])
            return nil
        }
    }

    /// Finds the sessions that go on, and settles those that ended while nobody looked. Before the first link.
    package func recover() async throws {
        let sessions = configuration.sessionsDirectory
        try await offload { try SupervisorClient.sweep(sessions) }
        try await attempts.recover()
        try await self.sessions.recover()
    }

    /// Follows attempts and keeps house. Returns when its task is cancelled; programs of attempts go on.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.attempts.run() }
            group.addTask { await self.keepHouse() }
            group.addTask { await self.host.run() }
            group.addTask { await self.guardChildren() }
            group.addTask { await self.engine.run() }
            group.addTask { await self.attempts.sweepContainersOnReturn() }
            group.addTask { await self.forward(self.engine.changed) }
            group.addTask { await self.forward(self.attempts.changed) }
            group.addTask { await self.forward(self.tty.changed) }
            group.addTask { await self.sessions.run() }
            group.addTask { await self.forward(self.sessions.changed) }
        }
    }

    /// Whether something runs here that somebody has asked for.
    package var isWorking: Bool {
        get async {
            if tty.openCount + sessions.openCount > 0 { return true }
            return attempts.activeCount > 0
        }
    }

    /// Closes the database, when `run` has returned.
    /// - Parameter endSessions: ends the programs of all attempts first, and waits until they are gone.
    package func shutdown(endSessions: Bool) async {
        if endSessions {
            await sessions.endAll()
            await attempts.endAll()
        }
        await store.close()
    }

    /// Programs of callers end with this process, also when it is killed.
    private func guardChildren() async {
        await children.run(executable: configuration.executable, clock: configuration.clock) { [logger] trouble in
            logger.warning("guard", metadata: ["detail": .string(trouble)])
        }
    }

    private func keepHouse() async {
        while !Task.isCancelled {
            await store.restoreReserve()
            await attempts.purge()
            await attempts.sweepContainers()
            await purgeSessions()
            await copies.sweep()
            try? await configuration.clock.sleep(for: Self.housekeeping)
        }
    }

    /// Removes what is too old of sessions that have ended.
    func purgeSessions() async { await sessions.purge() }

    private func forward(_ signal: Signal) async {
        var count = signal.count
        while (try? await signal.wait(after: count)) != nil {
            count = signal.count
            host.changed.fire()
        }
    }

    private static func counts(
        _ store: SpokeStore, _ attempts: AttemptService, _ open: Int, _ connections: Int, _ engine: EngineWatch,
        _ configuration: SpokeConfiguration
    ) async -> HostService.Counts {
        var warnings: [String] = []
        let rows = (try? await store.read { try JournalTable.count($0) }) ?? 0
        if rows >= configuration.journalLimit {
            warnings.append("the journal is full (\(rows) rows): no new work is taken until the hub acknowledges")
        } else if rows >= configuration.journalLimit / 5 * 4 {
            warnings.append("the journal is nearly full: \(rows) of \(configuration.journalLimit) rows")
        }
        if !store.holdsReserve {
            warnings.append("disk full: the reserve for results cannot be held, no new work is taken")
        }
        if case .away(_, let reason) = engine.standing { warnings.append("the container engine is away: \(reason)") }
        return HostService.Counts(
            sessions: open, attempts: attempts.activeCount, tunnelConnections: connections, warnings: warnings,
            engine: engine.status)
    }
}

extension SpokeServices {
    /// The operations of a spoke, joined with the code that does them.
    package var entries: [OperationEntry] {
        let (host, copies, tty, sessions, attempts, journal) = (host, copies, tty, sessions, attempts, journal)
        return [
            HostOperations.facts.handled { _, _ in try await self.told { try await host.facts() } },
            HostOperations.status.subscribed { input, _, sink in
                try await self.told { try await host.watch(input, to: sink) }
            },
            HostOperations.copyIn.sessioned { try await copies.copyIn($0, for: $1.caller, $2) },
            HostOperations.copyOut.sessioned { input, _, stream in try await copies.copyOut(input, stream) },
            TTYOperations.open.sessioned { input, context, stream in
                try await self.told { try await tty.serve(input, context, stream) }
            },
            TTYOperations.attach.sessioned { input, _, stream in
                try await self.told { try await SessionOpening.attach(input, sessions, stream) }
            },
            TTYOperations.list.handled { input, _ in try await sessions.list(input) },
            TTYOperations.kill.handled { input, _ in try await sessions.kill(input) },
            TTYOperations.replay.subscribed { input, _, sink in
                try await SessionReplay(service: sessions).send(input, to: sink)
            },
            AttemptOperations.start.handled { input, _ in try await self.told { try await attempts.start(input) } },
            AttemptOperations.cancel.handled { input, _ in
                try await self.told { try await attempts.cancel(input.attempt) }
            },
            AttemptOperations.list.handled { input, _ in try await self.told { try await attempts.list(input) } },
            AttemptOperations.logs.subscribed { input, _, sink in
                try await self.told { try await AttemptLogs(service: attempts).send(input, to: sink) }
            },
            AttemptOperations.forget.handled { input, _ in
                try await self.told { try await attempts.forget(input.attempt) }
                return Empty()
            },
            JournalOperations.watch.subscribed { input, _, sink in
                try await self.told { try await journal.watch(input, to: sink) }
            },
            JournalOperations.ack.handled { input, _ in
                try await self.told { try await journal.acknowledge(input) }
                return Empty()
            },
        ] + containers.entries + tunnels.entries
    }

    /// Runs a handler's body, with failures of the database in words for its caller.
    private func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            guard let told = CallError.database(error, node: configuration.node) else { throw error }
            logger.error("database refused", metadata: ["error": .string("\(error)")])
            throw told
        }
    }
}

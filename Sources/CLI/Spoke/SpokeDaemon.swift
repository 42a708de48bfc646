import Agent
import CallProtocol
import Crypto
import Daemon
import Formats
import FoundationEssentials
import Glibc
import Link
import Logging
import NIOPosix
import Operations
import Processes
import SpokeOperations

/// The running spoke, in the order of a daemon's start: directory, lock, host fingerprint, identity, databases and
/// sessions, link, announcement.
struct SpokeDaemon {
    let directory: StateDirectory
    let policy: ClonePolicy?
    let name: String?
    /// What `--instance` says.
    let instance: String?
    /// How long a stop waits for what is under way.
    let drain: Duration
    /// Whether terminals are recorded; nil for what is usual.
    let records: Bool?

    func run() async throws {
        let token = takeJoinToken()
        // Before anything is made: a mistyped directory is to leave no trace.
        if token == nil { try SpokeFiles(directory: directory).requireJoined() }
        try directory.create()
        let lock = try await DaemonLock.take("spoke.lock", in: directory)
        defer { lock.release() }
        EndSessionsMark(directory: directory).clear()
        let log = JSONLinesLog(sink: try RotatingFile(path: directory.file("spoke.log")))
        defer { log.flush() }
        let logger = log.logger(label: "spoke")
        let signals = try ShutdownSignals(logger: logger)
        let lease = try LeaseGuard(logger: logger)
        try await DaemonLog(logger: logger).around(lock) {
            guard let lease else {
                return try await work(token: token, lease: nil, signals: signals, log: log, logger: logger)
            }
            try await lease.around {
                try await work(token: token, lease: lease, signals: signals, log: log, logger: logger)
            }
        }
    }

    private func work(
        token: String?, lease: LeaseGuard?, signals: ShutdownSignals, log: JSONLinesLog, logger: Logger
    ) async throws {
        let isContainer = ContainerDetection.isContainer(environment: ProcessInfo.processInfo.environment)
        let instance = try ProviderInstance.resolve(
            flag: instance, environment: Environment.all, directory: directory)
        try SpokeFiles(directory: directory).tightenKeys { notice in
            logger.warning("key readable by others", metadata: ["detail": .string(notice)])
        }
        try checkHost(isContainer: isContainer, isRented: instance != nil, logger: logger)
        DescriptorLimit.raise()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let facts = MachineFacts.read(instance: instance)
        guard
            let identity = try await identity(
                token: token, facts: facts, group: group, signals: signals, logger: logger)
        else {
            MachineLine().announce("spoke_shutdown", ["signal": .string(signals.received?.description ?? "none")])
            return
        }
        let keyring = SpokeKeyring(identity, in: directory)
        var configuration = SpokeConfiguration(
            stateDirectory: directory.path, executable: try OwnExecutable.path(),
            signer: {
                let key = keyring.identity.key
                return NodeSigner(spki: key.spki, fingerprint: key.fingerprint.text) { try key.sign($0) }
            }, software: Version.software,
            hostFingerprint: HostIdentity.read()?.fingerprint, isContainer: isContainer, node: identity.name)
        configuration.providerInstance = instance
        configuration.recordsSessions = records ?? (instance != nil)
        configuration.groups = GroupTakeover()
        configuration.nodeID = identity.peerId
        configuration.engine = EnginePlace(environment: Environment.all, group: group)
        let services = try SpokeServices(configuration, logger: logger)
        try await services.recover()
        let bulk = BulkLinks()
        let entries = services.entries + bulk.entries
        let registry = try OperationRegistry(entries + OperationOperations.entries(entries))
        let news = SpokeNews(file: SpokeStatusFile(directory: directory, identity: identity), logger: logger)
        let agent = SpokeAgent(
            keyring: keyring, registry: registry, software: Version.software,
            operationsDigest: Hex.encode(SHA256.hash(data: registry.canonicalList)), group: group, logger: logger,
            bulk: bulk, auditLogger: log.logger(label: "audit", limitsRepeats: false)
        ) { news.tell($0) }
        lease?.watch { (agent.isConnected, await services.isWorking) }
        MachineLine().announce(
            "spoke_started",
            [
                "pid": .init(getpid()), "node": .string(identity.name),
                "hub": .string(identity.addresses.map(\.description).joined(separator: ",")),
                "ts": .string(RFC3339.string(RFC3339.now())),
            ])
        let refusal = await withTaskGroup(of: Ending.self) { tasks -> String? in
            tasks.addTask {
                await services.run()
                return .part
            }
            tasks.addTask { await agent.run().map { .refused($0) } ?? .part }
            tasks.addTask { .signal(await signals.wait()) }
            defer { tasks.cancelAll() }
            for await ending in tasks {
                switch ending {
                case .part: continue
                case .refused(let reason): return reason
                case .signal(let signal):
                    MachineLine().announce("spoke_shutdown", ["signal": .string(signal?.description ?? "none")])
                    await agent.stop(within: drain)
                    return nil
                }
            }
            return nil
        }
        await services.shutdown(endSessions: EndSessionsMark(directory: directory).take(for: getpid()))
        news.remove()
        if let refusal {
            throw Failure(
                .unauthenticated, "the hub does not take this machine as \(identity.name) any more: \(refusal)",
                advice: SpokeJoin.adviceToJoinAnew(from: directory))
        }
    }

    /// What can end first of all that runs.
    private enum Ending: Sendable {
        /// A part that stops only because the others do.
        case part
        case signal(ShutdownSignals.Signal?)
        /// The hub's words.
        case refused(String)
    }

    /// The variable is gone before anything else starts, so that no program ever sees it.
    private func takeJoinToken() -> String? {
        defer { unsetenv("CAPSTAN_JOIN") }
        return getenv("CAPSTAN_JOIN").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func checkHost(isContainer: Bool, isRented: Bool, logger: Logger) throws {
        let check = try HostFingerprintFile(in: directory).check()
        if case .written(let prefix) = check {
            MachineLine().announce("host_fingerprint_written", ["fingerprintPrefix": .string(prefix)])
        }
        switch (policy ?? .standard(isContainer: isContainer, isRented: isRented)).judge(check) {
        case .proceed: break
        case .proceedWithWarning(let text): logger.warning("host fingerprint", metadata: ["detail": .string(text)])
        case .refuse(let text):
            throw Failure(ErrorCode(rawValue: "HOST_MISMATCH"), text, exit: .hostMismatch)
        }
    }

    /// Who this spoke is; with a token it joins first, however long the hub is away. Nil when a signal came before.
    private func identity(
        token: String?, facts: HostFacts, group: MultiThreadedEventLoopGroup, signals: ShutdownSignals, logger: Logger
    ) async throws -> SpokeIdentity? {
        if let identity = try SpokeIdentity.load(from: directory) { return identity }
        guard let token else { throw SpokeFiles(directory: directory).notJoined }
        let parsed = try JoinToken(token)
        let key = try SpokeIdentity.loadOrMakeKey(in: directory)
        let join = PatientJoin(logger: logger) { reason in
            MachineLine().announce("hub_status", ["status": "disconnected", "reason": .string(reason)])
        }
        return try await withThrowingTaskGroup(of: SpokeIdentity?.self) { tasks in
            tasks.addTask {
                let output = try await join.run {
                    try await Enroller.join(
                        token: parsed, as: .spoke, name: name, labels: [:], facts: facts,
                        containerAgeMs: ContainerAge.current, key: key, group: group,
                        software: Version.software)
                }
                let identity = SpokeIdentity(key: key, token: parsed, output: output)
                try identity.save(to: directory)
                return identity
            }
            tasks.addTask {
                _ = await signals.wait()
                return nil
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? nil
        }
    }
}

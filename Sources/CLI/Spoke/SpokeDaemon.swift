import Agent
import CallProtocol
import Crypto
import Daemon
import FoundationEssentials
import Glibc
import Link
import Logging
import NIOPosix
import Operations
import SpokeOperations

/// The running spoke, in the order of a daemon's start: directory, lock, host fingerprint, identity, databases and
/// sessions, link, announcement.
struct SpokeDaemon {
    let directory: StateDirectory
    let policy: ClonePolicy?
    let name: String?

    func run() async throws {
        let token = takeJoinToken()
        try directory.create()
        let lock = try SingletonLock(path: directory.file("spoke.lock"))
        defer { lock.release() }
        let log = JSONLinesLog(sink: try RotatingFile(path: directory.file("spoke.log")))
        defer { log.flush() }
        let logger = log.logger(label: "spoke")
        let signals = try ShutdownSignals(logger: logger)
        let isContainer = ContainerDetection.isContainer(environment: ProcessInfo.processInfo.environment)
        try checkHost(isContainer: isContainer, logger: logger)
        ResourceLimits.raiseDescriptors()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let identity = try await identity(token: token, group: group)
        let key = identity.key
        let services = try SpokeServices(
            SpokeConfiguration(
                stateDirectory: directory.path, executable: try ownExecutable(), sign: { try key.sign($0) },
                spki: key.spki, fingerprint: key.fingerprint.text, software: Version.software,
                hostFingerprint: HostIdentity.read()?.fingerprint, isContainer: isContainer, node: identity.name),
            logger: logger)
        try await services.recover()
        let entries = services.entries
        let registry = try OperationRegistry(entries + OperationOperations.entries(entries))
        let status = SpokeStatusFile(directory: directory, identity: identity)
        let agent = SpokeAgent(
            identity: identity, registry: registry, software: Version.software,
            operationsDigest: Hex.encode(SHA256.hash(data: registry.canonicalList)), group: group, logger: logger
        ) { change in
            status.write(change, logger: logger)
            switch change {
            case .connected(let node):
                MachineLine().announce("spoke_connected", ["node": .string(node)])
            case .disconnected(let reason):
                MachineLine().announce("hub_status", ["status": "disconnected", "reason": .string(reason)])
            }
        }
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
                    await agent.stop()
                    return nil
                }
            }
            return nil
        }
        await services.shutdown(endSessions: endsSessions())
        status.remove()
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

    private func checkHost(isContainer: Bool, logger: Logger) throws {
        let check = try HostFingerprintFile(in: directory).check()
        if case .written(let prefix) = check {
            MachineLine().announce("host_fingerprint_written", ["fingerprintPrefix": .string(prefix)])
        }
        switch (policy ?? .standard(isContainer: isContainer, isRented: false)).judge(check) {
        case .proceed: break
        case .proceedWithWarning(let text): logger.warning("host fingerprint", metadata: ["detail": .string(text)])
        case .refuse(let text):
            throw Failure(ErrorCode(rawValue: "HOST_MISMATCH"), text, exit: .hostMismatch)
        }
    }

    private func identity(token: String?, group: MultiThreadedEventLoopGroup) async throws -> SpokeIdentity {
        if let identity = try SpokeIdentity.load(from: directory) { return identity }
        guard let token else {
            throw Failure.notConfigured(
                "no spoke has joined from \(directory.path)",
                advice:
                    "on the hub's side: capstan token create; here: capstan spoke join TOKEN --state-dir \(directory.path)"
            )
        }
        let parsed = try JoinToken(token)
        let key = try SpokeIdentity.loadOrMakeKey(in: directory)
        let output = try await Enroller.join(
            token: parsed, as: .spoke, name: name, labels: [:], facts: MachineFacts.read(), key: key, group: group,
            software: Version.software)
        let identity = SpokeIdentity(key: key, token: parsed, output: output)
        try identity.save(to: directory)
        return identity
    }

    /// The file this process runs, also after it was replaced on disk by an upgrade.
    private func ownExecutable() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw Failure.failed("cannot find this program's own file: \(String(cString: strerror(errno)))")
        }
        defer { free(path) }
        return String(cString: path)
    }

    /// `spoke down --sessions` leaves this mark before it sends SIGTERM.
    private func endsSessions() -> Bool {
        let mark = directory.file(SpokeDown.endSessionsMark)
        defer { try? AtomicFile.remove(mark) }
        return (try? AtomicFile.readIfPresent(mark)) ?? nil != nil
    }
}

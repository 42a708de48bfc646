import API
import CallProtocol
import Core
import Daemon
import FoundationEssentials
import Link
import Logging
import NIOCore
import NIOPosix
import Operations
import Store

/// The running hub: opens what it needs in order, announces itself, and closes in the reverse order.
struct HubDaemon {
    let directory: StateDirectory
    let listen: HostPort
    let http: HostPort?
    let advertised: [HostPort]?
    let lostAfterMs: Int64

    func run() async throws {
        let setup = HubSetup(directory: directory.path)
        let keyFile = HubKeyFile(setup: setup)
        try keyFile.requireHub()
        let lock = try SingletonLock(path: directory.file("hub.lock"))
        defer { lock.release() }
        let log = JSONLinesLog(sink: try RotatingFile(path: directory.file("hub.log")))
        defer { log.flush() }
        let logger = log.logger(label: "hub")
        let signals = try ShutdownSignals(logger: logger)
        ResourceLimits.raiseDescriptors()
        try await DaemonLog(logger: logger).around(lock) {
            try await work(setup, key: key, signals: signals, logger: logger)
        }
    }

    private func work(_ setup: HubSetup, key: PeerKey, signals: ShutdownSignals, logger: Logger) async throws {
        let store: HubStore
        let stored: [HostPort]
        do {
            (store, stored) = try await setup.open()
        } catch let error as StoreError {
            var failure = Failure(error)
            failure.message = "\(setup.databasePath): \(error)"
            throw failure
        }
        let key = try await keyFile.load(store)
        try await setup.noteKeyInUse(key, in: store)
        if let advertised { try await setup.setAdvertised(advertised, in: store) }
        var configuration = HubConfiguration(
            stateDirectory: directory.path, advertised: advertised ?? stored, software: Version.software)
        configuration.lostAfterMs = lostAfterMs
        let core = try await HubCore(
            configuration: configuration, key: key, store: store, clock: .system(now: RFC3339.now), logger: logger)
        try await serve(core, keyFile: keyFile, signals: signals, logger: logger)
        try await store.close()
    }

    private func serve(
        _ core: HubCore, keyFile: HubKeyFile, signals: ShutdownSignals, logger: Logger
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let instance = Hex.random(16)
        let listener: LinkListener
        do {
            listener = try await LinkListener.bind(
                listen, key: core.key, group: group,
                hello: {
                    var hello = Hello(software: Version.software, role: .hub, instance: instance)
                    hello.keyStatements = core.identity.statements
                    return hello
                },
                delegate: { core.linkDelegate() })
        } catch {
            throw Failure.failed("cannot listen on \(listen): \(error)", advice: "is another hub running there?")
        }
        let web = AsyncStream<String>.makeStream()
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await core.run() }
            tasks.addTask {
                await HubKeyWatch(file: keyFile, core: core, listener: listener, logger: logger).run()
            }
            if let http {
                tasks.addTask {
                    do {
                        try await HealthServer(host: http.host, port: http.port, core: core, logger: logger) {
                            host, port in
                            web.continuation.yield("\(HostPort(host: host, port: port))")
                        }.run()
                    } catch {
                        logger.error("http listener", metadata: ["error": .string("\(error)")])
                        web.continuation.yield("failed: \(error)")
                    }
                }
            } else {
                web.continuation.yield("off")
            }
            var addresses = web.stream.makeAsyncIterator()
            let httpAddress = await addresses.next() ?? "off"
            MachineLine().announce(
                "hub_started",
                [
                    "link": .string(listener.address?.description ?? ""), "http": .string(httpAddress),
                    "pid": .init(ProcessInfo.processInfo.processIdentifier),
                    "fingerprint": .string(core.key.fingerprint.text),
                    "ts": .string(RFC3339.string(RFC3339.now())),
                ])
            logger.info("hub started", metadata: ["link": .string(listener.address?.description ?? "")])
            let signal = await signals.wait()
            await listener.close()
            core.stop(GoAway(code: .shutdown, reason: "the hub is stopping", retryAfterMilliseconds: 1_000))
            logger.info("hub stopped", metadata: ["signal": .string(signal?.description ?? "none")])
            tasks.cancelAll()
        }
    }
}

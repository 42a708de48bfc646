import API
import CallProtocol
import Core
import Daemon
import Engine
import Formats
import FoundationEssentials
import Glibc
import Link
import Logging
import NIOCore
import NIOPosix
import Operations
import Processes
import Providers
import Proxy
import Store

/// The running hub: opens what it needs in order, announces itself, and closes in the reverse order.
struct HubDaemon {
    let directory: StateDirectory
    let listen: HostPort
    let web: WebSettings?
    let advertised: [HostPort]?
    let lostAfterMs: Int64
    /// How long a stop waits for what is under way.
    let drain: Duration
    let rent: RentOptions
    /// The ports that tunnels may have, nil for none, and the address where their connections are taken.
    let tunnelPorts: ClosedRange<Int>?
    let tunnelHost: String
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))

    func run() async throws {
        let setup = HubSetup(directory: directory.path)
        try HubFiles(setup: setup).requireHub()
        let lock = try await DaemonLock.take("hub.lock", in: directory)
        defer { lock.release() }
        let log = JSONLinesLog(sink: try RotatingFile(path: directory.file("hub.log")))
        defer { log.flush() }
        let logger = log.logger(label: "hub")
        let signals = try ShutdownSignals(logger: logger)
        let keyFile = HubKeyFile(setup: setup) { notice in
            logger.warning("key readable by others", metadata: ["detail": .string(notice)])
        }
        DescriptorLimit.raise()
        try await DaemonLog(logger: logger).around(lock) {
            try await work(setup, keyFile: keyFile, signals: signals, logger: logger)
        }
    }

    private func work(
        _ setup: HubSetup, keyFile: HubKeyFile, signals: ShutdownSignals, logger: Logger
    ) async throws {
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
        rent.apply(to: &configuration)
        configuration.drainMs = drain.milliseconds
        configuration.tunnels = tunnelPorts.map { ports in
            // Where it cannot be reached by the hub's public name, that is not told.
            let told = LocalAddresses.isLoopback(tunnelHost) ? nil : configuration.advertised.first?.host
            return TunnelPlace(host: tunnelHost, ports: ports, publicHost: told ?? tunnelHost, group: group)
        }
        configuration.tunnelConnections = max(1, DescriptorLimit.allowed / 2)
        configuration.web = web?.place(advertised: configuration.advertised)
        configuration.handedOut = (try? OwnExecutable.path()).flatMap { HandedOut(program: $0) }
        configuration.programURL = web?.programURL(advertised: configuration.advertised)
        let secret = try HubSecretKey(setup: setup, notice: keyFile.notice).load()
        configuration.secretKey = secret.key
        if let notice = Self.unreachable(listen, advertised: configuration.advertised) {
            StandardError.write(notice + "\n")
            logger.notice("listening on loopback", metadata: ["detail": .string(notice)])
        }
        let http = ProviderHTTP(on: group)
        let providers = ProviderService(
            shelf: ProviderShelf(store), http: http, secrets: .ofThisHub, logger: logger,
            engines: EngineAddress.usual(environment: Environment.all).map(\.path))
        let core = try await HubCore(
            configuration: configuration, key: key, store: store, clock: .system(now: RFC3339.now), logger: logger,
            more: providers.entries, source: providers, markets: providers)
        if secret.isNew,
            let notice = HubSecretKey.loss(of: try await core.countSealed(), path: setup.secretKeyPath)
        {
            StandardError.write(notice + "\n")
            logger.error("key of variables lost", metadata: ["detail": .string(notice)])
        }
        if let notice = LinkCapacity(allowed: DescriptorLimit.allowed, spokes: core.directory.nodes.count).notice {
            StandardError.write(notice + "\n")
            logger.warning("too few files for the fleet", metadata: ["detail": .string(notice)])
        }
        do {
            try await serve(core, providers, keyFile: keyFile, signals: signals, logger: logger)
        } catch {
            await http.shutdown()
            try? await store.close()
            throw error
        }
        await http.shutdown()
        try await store.close()
        logger.info("hub stopped")
    }

    /// That others are told to dial what is not listened on, with what to do; nil where they are not.
    static func unreachable(_ listen: HostPort, advertised: [HostPort]) -> String? {
        guard LocalAddresses.isLoopback(listen.host),
            let address = advertised.first(where: { !LocalAddresses.isLoopback($0.host) })
        else { return nil }
        return "links are taken on \(listen) only, while others are told to dial \(address); for them: "
            + LocalAddresses.listening(for: [address])
    }

    /// Everything listens before anything is announced: a port that cannot be had ends the start, with nothing left.
    private func serve(
        _ core: HubCore, _ providers: ProviderService, keyFile: HubKeyFile, signals: ShutdownSignals, logger: Logger
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await core.run() }
            tasks.addTask { await providers.load() }
            let web = try await answerHTTP(core, logger)
            let listener = try await takeLinks(core)
            tasks.addTask {
                await HubKeyWatch(file: keyFile, core: core, listener: listener, logger: logger).run()
            }
            MachineLine().announce(
                "hub_started",
                [
                    "link": .string(listener.address?.description ?? ""),
                    "http": .string(web?.address.description ?? "off"),
                    "pid": .init(ProcessInfo.processInfo.processIdentifier),
                    "fingerprint": .string(core.key.fingerprint.text),
                    "ts": .string(RFC3339.string(RFC3339.now())),
                ])
            logger.info("hub started", metadata: ["link": .string(listener.address?.description ?? "")])
            let signal = await signals.wait()
            logger.info("hub stopping", metadata: ["signal": .string(signal?.description ?? "none")])
            await listener.close()
            try? await web?.channel.close()
            core.stop(GoAway(code: .shutdown, reason: "the hub is stopping", retryAfterMilliseconds: 1_000))
            tasks.cancelAll()
        }
    }

    private func takeLinks(_ core: HubCore) async throws -> LinkListener {
        let instance = Hex.random(16)
        do {
            return try await LinkListener.bind(
                listen, key: core.key,
                group: group,
                hello: {
                    var hello = Hello(software: Version.software, role: .hub, instance: instance)
                    hello.keyStatements = core.identity.statements
                    return hello
                },
                delegate: { core.linkDelegate() })
        } catch {
            throw Failure.failed(
                "cannot take links on \(listen): \(NetworkReason.text(error))",
                advice: "is another hub running there? another address is chosen with --listen ADDR:PORT")
        }
    }

    /// Starts to answer over HTTP; nil where that is off.
    private func answerHTTP(
        _ core: HubCore, _ logger: Logger
    ) async throws -> (channel: any Channel, address: HostPort)? {
        guard let web else { return nil }
        var settings = ProxySettings(routes: TunnelRoutes(core, local: LocalPages(core: core, logger: logger)))
        settings.trusted = web.trusted
        settings.admit = { core.admit($0) }
        do {
            settings.certificate = try web.certificate.map { files in
                for path in [files.chain, files.key] where access(path, R_OK) != 0 {
                    throw Failure.failed("\(path): \(String(cString: strerror(errno)))")
                }
                return try ServerCertificate(chain: files.chain, key: files.key) { notice in
                    logger.error("certificate for HTTPS", metadata: ["detail": .string(notice)])
                }
            }
        } catch {
            throw Failure.failed("--http-cert, --http-key: \((error as? Failure)?.message ?? "\(error)")")
        }
        do {
            let channel = try await ProxyServer.bind(web.listen, on: group, settings)
            let local = channel.localAddress
            let address = HostPort(host: local?.ipAddress ?? web.listen.host, port: local?.port ?? web.listen.port)
            core.answersHTTP(at: address)
            return (channel, address)
        } catch {
            throw Failure.failed(
                "cannot answer HTTP on \(web.listen): \(NetworkReason.text(error))",
                advice: "another address is chosen with --http ADDR:PORT; --http off does without")
        }
    }
}

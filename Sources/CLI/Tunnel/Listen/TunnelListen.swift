import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Operations

/// `capstan tunnel listen`
struct TunnelListen: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen", abstract: "Keep a tunnel open while this runs.",
        discussion: .flowing(
            """
            The tunnel is made, or the one of yours with the same endpoint and project is taken up again. It ends at this \
            machine, or with --node at that node. Its address is printed when a connection has come through from end to \
            end. Ctrl-C disables it; its address stays its own until capstan tunnel delete.

            With --detach it goes on in the background: capstan tunnel ps, status, logs and stop look after it.

            With -o json each event is a line: tunnel_created, tunnel_progress, tunnel_ready, tunnel_disabled and others.

            Example:
              capstan tunnel listen --endpoint http://127.0.0.1:8888
              capstan tunnel listen --node gpu-1 --endpoint tcp://127.0.0.1:5432
              capstan tunnel listen --endpoint 8888 --detach --name notebook
              capstan tunnel listen --id db
            """))

    @Option(help: "A tunnel that is there: its id, a unique beginning of it, or its label.", completion: .tunnels)
    var id: String?
    @Option(help: "What this machine calls it: its key, its process and its files.") var name: String?
    @Flag(help: "Go on in the background; --name is needed.") var detach = false
    @Option(
        help: ArgumentHelp(
            "Give up when no connection has come through in this time: 30s, 10m.", valueName: "duration"),
        transform: { try DurationText.parse($0) })
    var readyWithin: Duration?
    @OptionGroup var helper: HelperOption
    @OptionGroup var tunnel: TunnelOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard id == nil || tunnel.isEmpty else {
            throw Failure.misuse(
                "--id takes a tunnel as it is",
                advice: "capstan tunnel update changes it; only --endpoint may be said too")
        }
        if detach { return try await launch() }
        if let readyWithin, readyWithin < .seconds(1) {
            throw Failure.misuse("--ready-within must be at least a second")
        }
        guard helper.program == nil else {
            throw Failure.misuse("--credentials-helper goes with --detach, and with capstan tunnel install")
        }
        guard name == nil || (id == nil && tunnel.node == nil) else {
            throw Failure.misuse(
                "--name is for tunnels that end at this machine",
                advice: "or for those in the background, with --detach")
        }
        if id == nil, tunnel.endpoint == nil { try TunnelPicker.requireTerminal() }
        let endpoint = try TunnelTaking.endpoint(tunnel.endpoint)
        let early = id == nil && endpoint == nil ? nil : try Interrupts()
        let connector = try await connector()
        let taking = TunnelTaking(options: tunnel, connector: connector, deadline: Deadline(in: global.wait))
        let picked = early == nil ? try await picked(taking) : nil
        // A person who is asked can still end it as ever.
        let interrupts = try early ?? Interrupts()
        defer { interrupts.stop() }
        let stage = TunnelStage(options: tunnel, name: name, global: global)
        let (wishes, feed) = AsyncStream.makeStream(of: Void.self)
        let preparing = Task {
            let found = if let id { try await taking.shown(id, leadingTo: endpoint) } else { picked }
            return try await stage.set(found, endpoint, taking)
        }
        let guardian = Task {
            for await _ in interrupts.wishes {
                preparing.cancel()
                feed.yield()
            }
        }
        defer { guardian.cancel() }
        var prepared: TunnelStage.Prepared
        do { prepared = try await preparing.value } catch {
            // A signal has ended it before there was anything to disable.
            if preparing.isCancelled { return }
            throw error
        }
        defer { prepared.lock?.release() }
        if let readyWithin { prepared.runtime.budget = readyWithin }
        do {
            try await prepared.runtime.run { for await _ in wishes { return } }
        } catch let failure as Failure where failure.exit == .failure {
            // It was deleted, and its key is of no use any more.
            if let repo = prepared.repo, !repo.isNamed { repo.remove() }
            throw failure
        }
        await connector.close()
    }

    /// One of those that this machine's operator has made, and that end at a node or here.
    private func picked(_ taking: TunnelTaking) async throws -> TunnelView {
        let me = try await taking.connector.ask(PeerOperations.me, Empty(), until: taking.deadline).id
        var input = TunnelListInput()
        input.node = tunnel.node
        let all = try await taking.connector.ask(TunnelOperations.list, input, until: taking.deadline).tunnels
        let mine = try all.filter { view in
            if view.carriedBy == .spoke { return view.createdBy == me }
            return try TunnelRepo.holding(view.nodeId) != nil
        }
        return try TunnelPicker(tunnels: mine).picked()
    }

    private func launch() async throws {
        guard let name else {
            throw Failure(
                .failedPrecondition, "--detach needs a --name", advice: "capstan tunnel status --name N finds it then")
        }
        guard readyWithin == nil else {
            throw Failure.misuse(
                "--ready-within is for tunnels in the foreground; status tells of those in the background")
        }
        guard id == nil else {
            throw Failure(
                .failedPrecondition, "--detach and --id do not go together",
                advice: "a tunnel in the background is its own: say --endpoint, and --node for one that ends there")
        }
        let repo = try TunnelRepo(name, .user)
        let setup = try TunnelSetup(repo: repo, options: tunnel, helper: helper, global: global)
        _ = try await Interruptible.run { try await setup.run() }
        _ = try await TunnelLaunch(repo: repo).start()
        global.printer.notice(
            "setting up in the background; capstan tunnel status --name \(name) shows progress")
    }
}

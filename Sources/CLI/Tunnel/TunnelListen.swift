import ArgumentParser
import CallProtocol
import Daemon
import Glibc
import Operations
import Synchronization
import Tunnels

/// `capstan tunnel listen`
struct TunnelListen: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen", abstract: "Keep a tunnel open while this runs.",
        discussion: .flowing(
            """
            The tunnel is made, or the one of yours with the same node, endpoint and project is taken up again. Its address is \
            printed when a connection has come through from end to end. Ctrl-C disables it; its address stays its own until \
            capstan tunnel delete.

            With -o json each event is a line: tunnel_created, tunnel_progress, tunnel_ready, tunnel_disabled and others.

            Example:
              capstan tunnel listen --node gpu-1 --endpoint tcp://127.0.0.1:8888
              capstan tunnel listen --id db
            """))

    @Option(help: "A tunnel that is there: its id, a unique beginning of it, or its label.", completion: .tunnels)
    var id: String?
    @OptionGroup var tunnel: TunnelOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard id == nil || tunnel.isEmpty else {
            throw Failure.misuse(
                "--id takes a tunnel as it is",
                advice: "capstan tunnel update changes it; only --endpoint may be said too")
        }
        let connector = try await connector()
        // Its person is asked before signals are held back.
        let picked = id == nil && tunnel.endpoint == nil ? try await chosen(connector, Deadline(in: global.wait)) : nil
        let interrupts = try Interrupts()
        let run = Mutex<TunnelRun?>(nil)
        let work = Task {
            let (view, isNew) = try await found(connector, picked)
            let begun = TunnelRun(view: view, connector: connector, printer: global.printer)
            run.withLock { $0 = begun }
            if isNew { try await begun.tell("tunnel_created") { "the tunnel \(view.label ?? view.id) is made" } }
            try await begun.follow()
        }
        let guardian = Task {
            for await _ in interrupts.wishes { work.cancel() }
        }
        defer { guardian.cancel() }
        let result = await work.result
        if case .failure(let error) = result, !(error is CancellationError), !work.isCancelled {
            let failure = capstan.Failure(error)
            if failure.exit != .tempFail { throw failure }
        }
        await run.withLock { $0 }?.disable()
        await connector.close()
        if case .failure(let error) = result, !work.isCancelled { throw error }
    }

    /// The tunnel that is meant, enabled; and whether it was made for this.
    /// - Parameter picked: the one that its person has picked.
    private func found(_ connector: HubConnector, _ picked: TunnelView?) async throws -> (TunnelView, isNew: Bool) {
        let deadline = Deadline(in: global.wait)
        let endpoint = try tunnel.endpoint.map { text in
            do { return try TunnelEndpoint(parsing: text).description } catch {
                throw Failure.misuse("--endpoint: \(error)")
            }
        }
        if let id {
            let view = try await connector.ask(TunnelOperations.show, TunnelRef(id: id), until: deadline)
            guard endpoint == nil || endpoint == view.endpoint else {
                throw Failure(
                    .conflict, "the tunnel \(id) leads to \(view.endpoint), not to \(endpoint ?? "")",
                    advice: "leave one of --id and --endpoint out, or change it with capstan tunnel update")
            }
            return (try await enabled(view, connector, deadline), false)
        }
        if let picked { return (try await enabled(picked, connector, deadline), false) }
        guard let endpoint, let node = tunnel.node else {
            throw Failure.misuse(
                "no node is given",
                advice: "--node NODE; tunnels that end at a machine without a spoke are not there yet")
        }
        let mine = try await mine(connector, deadline, node: node).first {
            $0.endpoint == endpoint && $0.project == tunnel.project && (tunnel.port ?? $0.expose.port) == $0.expose.port
                && tunnel.mayBe(named: $0.expose.hostname)
        }
        if let mine {
            guard tunnel.fits(mine) else {
                throw Failure(
                    .conflict,
                    "the tunnel \(mine.label ?? mine.id) of this machine leads there already, with another label or access",
                    advice: "capstan tunnel update \(mine.id) changes it; another --project makes a second one")
            }
            return (try await enabled(try await guarded(mine, connector, deadline), connector, deadline), false)
        }
        let input = try tunnel.input(node: node, endpoint: endpoint)
        return (try await connector.ask(TunnelOperations.create, input, until: deadline), true)
    }

    /// The tunnel with the token that is said, whether it is another one or not: the hub tells no tokens.
    private func guarded(_ view: TunnelView, _ connector: HubConnector, _ deadline: Deadline) async throws -> TunnelView
    {
        guard let token = try tunnel.bearer.token() else { return view }
        var input = TunnelUpdateInput(id: view.id)
        input.bearer = token
        return try await connector.ask(TunnelOperations.update, input, until: deadline)
    }

    /// Tunnels that were made with the key of this machine.
    private func mine(_ connector: HubConnector, _ deadline: Deadline, node: String?) async throws -> [TunnelView] {
        var input = TunnelListInput()
        input.node = node
        let me = try await connector.ask(PeerOperations.me, Empty(), until: deadline).id
        return try await connector.ask(TunnelOperations.list, input, until: deadline).tunnels.filter {
            $0.createdBy == me
        }
    }

    private func enabled(_ view: TunnelView, _ connector: HubConnector, _ deadline: Deadline) async throws -> TunnelView
    {
        guard view.state == .disabled else { return view }
        return try await connector.ask(TunnelOperations.enable, TunnelRef(id: view.id), until: deadline)
    }

    /// On a terminal, the only tunnel of this machine, or the one that its person picks.
    private func chosen(_ connector: HubConnector, _ deadline: Deadline) async throws -> TunnelView {
        let words = "neither --endpoint nor --id is given"
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw Failure(.failedPrecondition, words, advice: "--node NODE --endpoint http://HOST:PORT makes a tunnel")
        }
        let tunnels = try await mine(connector, deadline, node: tunnel.node)
        if tunnels.count == 1 { return tunnels[0] }
        guard !tunnels.isEmpty else {
            throw Failure(
                .failedPrecondition, "\(words), and there is no tunnel of this machine",
                advice: "--node NODE --endpoint http://HOST:PORT makes one")
        }
        for (number, tunnel) in tunnels.enumerated() {
            let line = "\(number + 1)  \(tunnel.label ?? tunnel.id)  \(tunnel.endpoint) by \(tunnel.node)"
            StandardError.write(CellText.line(line) + "\n")
        }
        StandardError.write("which one (1-\(tunnels.count))? ")
        guard let number = readLine().flatMap({ Int($0) }), tunnels.indices.contains(number - 1) else {
            throw Failure(.failedPrecondition, "none of them was chosen")
        }
        return tunnels[number - 1]
    }
}

import ArgumentParser
import CallProtocol
import Operations

/// `capstan tunnel create`
struct TunnelCreate: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a tunnel that stays until it is deleted.",
        discussion: .flowing(
            """
            The address is printed when a connection has come through to the endpoint. Until --wait is over it is waited \
            for, 30 s when left out; the tunnel is made in any case.

            Example:
              capstan tunnel create --node gpu-1 --endpoint tcp://127.0.0.1:5432 --label db
            """))

    @OptionGroup var tunnel: TunnelOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard let node = tunnel.node, let endpoint = tunnel.endpoint else {
            throw Failure.misuse(
                "--node and --endpoint are needed",
                advice: "--endpoint http://HOST:PORT or tcp://HOST:PORT, as the node sees it; "
                    + "capstan tunnel listen makes one that ends at this machine")
        }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait ?? .seconds(30)))
        let made = try await connector.ask(
            TunnelOperations.create, try tunnel.input(node: node, endpoint: endpoint), until: deadline)
        let watch = TunnelWatch(made, connector)
        let verified = try await watch.verified(until: deadline) { step in
            global.printer.notice("\(made.label ?? made.id): \(step)")
        }
        let now = try await connector.ask(
            TunnelOperations.show, TunnelRef(id: made.id), until: Deadline(in: .seconds(5)))
        try await global.printer.value(try JSONCoding.value(of: now)) { verified ? "\(now.url)\n" : "\(now.id)\n" }
        await connector.close()
        guard verified else {
            throw Failure(
                .timeout, "the tunnel is there, and no connection has come through yet",
                advice: "capstan tunnel show \(made.id) says how far it is")
        }
    }
}

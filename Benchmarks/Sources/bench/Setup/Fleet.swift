/// A real hub with its first operator, and as many real spokes as are asked for.
final class Fleet {
    let hub: Child
    private(set) var spokes: [Child] = []
    private let workshop: Workshop
    private let folder: String

    /// What commands of this fleet's operator need in their environment.
    var environment: [String: String] { ["CAPSTAN_CONFIG_DIR": folder + "/config"] }

    /// - Parameters:
    ///   - prepare: what is done with the hub's state directory before it is served.
    ///   - line: gets the hub's port, and gives the one that everybody dials; the same when left out.
    init(
        _ workshop: Workshop, name: String, prepare: (String) throws -> Void = { _ in },
        line: (Int) throws -> Int = { $0 }
    ) throws {
        self.workshop = workshop
        folder = try workshop.subfolder(name)
        let port = try Workshop.freePort()
        let (address, place) = ("127.0.0.1:\(port)", "127.0.0.1:\(try line(port))")
        let configuration = ["CAPSTAN_CONFIG_DIR": folder + "/config"]
        let state = ["--state-dir", folder + "/hub"]
        try Spawn.timed(
            [workshop.capstan, "hub", "init", "--quiet", "--advertise", place] + state, environment: configuration)
        try prepare(folder + "/hub")
        hub = try Child(
            [workshop.capstan, "hub", "serve", "--listen", address, "--http", "off"] + state,
            environment: configuration)
        try hub.line(with: "hub_started")
    }

    /// Enrols a spoke and waits until it is connected.
    ///
    /// - Parameter own: put into its environment.
    func addSpoke(_ name: String, environment own: [String: String] = [:]) throws {
        let state = ["--state-dir", folder + "/" + name]
        try Spawn.timed(
            [workshop.capstan, "spoke", "join", try token(), "--name", name, "--quiet"] + state,
            environment: environment)
        let spoke = try Child([workshop.capstan, "spoke", "run"] + state, environment: environment.merging(own) { $1 })
        try spoke.line(with: "spoke_connected")
        spokes.append(spoke)
    }

    /// Makes a tunnel by the node `node` to a port of this machine, and gives the hub's.
    func tunnel(to port: Int) throws -> Int {
        let url = try Spawn.output(
            of: [
                workshop.capstan, "tunnel", "create", "--node", "node", "--endpoint", "tcp://127.0.0.1:\(port)",
                "--wait",
                "10s",
            ], environment: environment)
        guard let port = Int(url.split(separator: ":").last ?? "") else { throw BenchFailure("no tunnel: \(url)") }
        return port
    }

    /// A spoke's token, or an operator's with all rights.
    func token(ofOperator: Bool = false) throws -> String {
        let kind = ofOperator ? ["--kind", "operator", "--role", "admin"] : []
        return try Spawn.output(of: [workshop.capstan, "token", "create", "--quiet"] + kind, environment: environment)
    }

    func stop() {
        for spoke in spokes { spoke.stop() }
        hub.stop()
    }
}

import Harness

/// Calls a second and how long one takes, beside unary calls of gRPC with the same payload.
struct CallBenchmark: Benchmark {
    /// Where our calls go.
    enum Way {
        /// From a hub's link to its spoke: two processes.
        case direct
        /// From an operator through a real hub to a spoke: three processes.
        case routed
    }

    let name: String
    let way: Way
    let inFlight: Int
    /// Of one sample.
    private let seconds = 2.0
    private let pairs = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        let peer = try GRPCPair(workshop)
        defer { peer.stop() }
        switch way {
        case .direct:
            let hub = try Child([workshop.load, "hub"])
            let place = try hub.line().split(separator: " ").map(String.init)
            let spoke = try Child([workshop.load, "spoke"] + place)
            defer {
                hub.stop()
                spoke.stop()
            }
            try hub.line(with: "ready")
            return try compare(hub, peer.client)
        case .routed:
            let fleet = try Fleet(workshop, name: name)
            let spoke = try Child([workshop.load, "join", try fleet.token(), "echo", try workshop.subfolder("echo")])
            try spoke.line(with: "ready")
            let operatorSide = try Child([workshop.load, "call", try fleet.token(ofOperator: true), "echo"])
            defer {
                operatorSide.stop()
                spoke.stop()
                fleet.stop()
            }
            try operatorSide.line(with: "ready")
            return try compare(operatorSide, peer.client)
        }
    }

    private func compare(_ ours: Child, _ peer: Child) throws -> [Row] {
        let samples = try alternate(pairs, ours: { try load(ours) }, peer: { try load(peer) })
        func row(_ name: String, _ unit: String, _ field: KeyPath<LoadReport, Double>) -> Row {
            Row(
                name, ours: samples.ours.map { $0[keyPath: field] }, peer: samples.peer.map { $0[keyPath: field] },
                unit: unit)
        }
        return [
            row(name, "calls/s", \.callsPerSecond), row(name + "/p50", "us", \.p50), row(name + "/p99", "us", \.p99),
        ]
    }

    private func load(_ child: Child) throws -> LoadReport {
        child.send("\(inFlight) \(seconds)")
        guard let report = LoadReport(line: try child.line()) else { throw BenchFailure("a load gave no figures") }
        return report
    }
}

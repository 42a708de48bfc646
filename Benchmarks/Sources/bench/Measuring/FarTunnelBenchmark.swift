/// One connection through a tunnel whose node is far away: 100 ms there and back, 1 Gbit/s. Beside it the line alone.
struct FarTunnelBenchmark: Benchmark {
    let name = "tunnel-far"
    private let rounds = 2
    /// Seconds of one measurement: windows begin small and double with each round trip.
    private let seconds = 20.0

    func run(_ workshop: Workshop) throws -> [Row] {
        let endpoint = try Endpoint()
        let fleet = try Fleet(workshop, name: name, line: { try Self.line(to: $0).port })
        defer { fleet.stop() }
        try fleet.addSpoke("node")
        let ours = try fleet.tunnel(to: endpoint.port)
        let line = try Self.line(to: endpoint.port).port
        return try [("up", TunnelLoad.up), ("down", TunnelLoad.down)].map { way, body in
            let both = try alternate(
                rounds, ours: { try body(ours, 1, seconds) * 1_000 }, peer: { try body(line, 1, seconds) * 1_000 })
            return Row("tunnel-far/\(way)", ours: both.ours, peer: both.peer, unit: "MB/s")
        }
    }

    private static func line(to port: Int) throws -> DelayProxy {
        try DelayProxy(to: port, roundTrip: 100, megabits: 1_000)
    }
}

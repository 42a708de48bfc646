import Harness

/// Chunks of 200 bytes there and back on open streams of the real link, beside bidirectional streams of gRPC with the same
/// bytes: one stream with one chunk under way, one with 64, and 64 streams with one each.
struct StreamBenchmark: Benchmark {
    let name = "stream"
    /// Of one sample.
    private let seconds = 2.0
    private let pairs = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        let peer = try GRPCPair(workshop, role: "grpc-streams")
        let hub = try Child([workshop.load, "hub-streams"])
        let place = try hub.line().split(separator: " ").map(String.init)
        let spoke = try Child([workshop.load, "spoke"] + place)
        defer {
            spoke.stop()
            hub.stop()
            peer.stop()
        }
        try hub.line(with: "ready")
        return try rows("stream", hub, peer.client, streams: 1, inFlight: 64)
            + rows("stream/64", hub, peer.client, streams: 64, inFlight: 1)
            + rows("stream/1", hub, peer.client, streams: 1, inFlight: 1)
    }

    private func rows(
        _ name: String, _ ours: Child, _ peer: Child, streams: Int, inFlight: Int
    ) throws -> [Row] {
        func load(_ child: Child) throws -> LoadReport {
            child.send("\(streams) \(inFlight) \(seconds)")
            guard let report = LoadReport(line: try child.line()) else { throw BenchFailure("a load gave no figures") }
            return report
        }
        let samples = try alternate(pairs, ours: { try load(ours) }, peer: { try load(peer) })
        func row(_ name: String, _ unit: String, _ field: KeyPath<LoadReport, Double>) -> Row {
            Row(
                name, ours: samples.ours.map { $0[keyPath: field] }, peer: samples.peer.map { $0[keyPath: field] },
                unit: unit)
        }
        return [row(name, "chunks/s", \.callsPerSecond), row(name + "/p50", "us", \.p50)]
    }
}

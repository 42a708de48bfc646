/// Placement of 100,000 queued workloads on 10,000 nodes: planned in memory, and with the store's part of a round.
///
/// The rates are placements a second of one core: by the time that all threads of the process ran, whatever else the
/// machine did. `place/round/wall` is by the clock, commits to disk included.
struct PlaceBenchmark: Benchmark {
    let name = "place"
    private let rounds = 5

    private struct Sample {
        var placements: Double
        var seconds: Double
        var cpuSeconds: Double
    }

    func run(_ workshop: Workshop) throws -> [Row] {
        let child = try Child([workshop.load, "place", try workshop.subfolder("place")])
        defer { child.stop() }
        try child.line(with: "ready")
        func samples(_ command: String) throws -> [Sample] {
            try (0..<rounds).map { _ in
                child.send(command)
                let parts = try child.line().split(separator: " ").compactMap { Double($0) }
                guard parts.count == 3 else { throw BenchFailure("a plan gave no figures") }
                return Sample(placements: parts[0], seconds: parts[1], cpuSeconds: parts[2])
            }
        }
        let (plans, whole) = (try samples("plan"), try samples("round"))
        return [
            Row("place", ours: plans.map { $0.placements / $0.cpuSeconds }, unit: "placements/s"),
            Row("place/round", ours: whole.map { $0.placements / $0.cpuSeconds }, unit: "placements/s"),
            Row("place/round/wall", ours: whole.map { $0.placements / $0.seconds }, unit: "placements/s"),
        ]
    }
}

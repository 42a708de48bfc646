import Harness

/// kill -9 of a hub with thousands of spokes: how long until all are back, and what that costs the hub. Beside it as many
/// bare TLS handshakes with keys of the same kind, by as many threads.
struct StormBenchmark: Benchmark {
    let name = "storm"
    private let scale = StormScale()

    private struct Sample {
        var admitted: Double
        var served: Double
        var cpu: Double
        var peak: Double
    }

    func run(_ workshop: Workshop) throws -> [Row] {
        let stage = try StormStage(workshop, name: name, scale: scale)
        defer { stage.stop() }
        let peer = BareTLSPair(workshop, roster: stage.roster)
        var (ours, bare, backoffs): ([Sample], [BareTLSPair.Storm], [Double]) = ([], [], [])
        for _ in 0..<scale.rounds {
            try stage.killHub(isHeld: true)
            // While the hub is dead and its spokes wait: the handshakes have the machine to themselves.
            bare.append(try peer.storm())
            ours.append(try atOnce(stage))
            backoffs.append(try withBackoff(stage))
        }
        let count = Double(scale.spokes)
        return [
            Row("storm/at-once", ours: ours.map(\.admitted), peer: bare.map(\.seconds), unit: "s"),
            Row("storm/at-once/served", ours: ours.map(\.served), unit: "s"),
            Row("storm/hub-cpu", ours: ours.map(\.cpu), peer: bare.map(\.cpu), unit: "s"),
            Row(
                "storm/hub-cpu-a-spoke", ours: ours.map { $0.cpu / count * 1e3 },
                peer: bare.map { $0.cpu / count * 1e3 }, unit: "ms"),
            Row("storm/hub-peak-rss", ours: ours.map(\.peak), unit: "MiB"),
            Row("storm/backoff", ours: backoffs, unit: "s"),
        ]
    }

    /// All dial together, to a hub that was started after a kill -9.
    private func atOnce(_ stage: StormStage) throws -> Sample {
        try stage.startHub()
        let (begin, cpu) = (LoadLoop.now(), try ProcessTime.seconds(of: stage.hub.pid))
        try stage.unleash()
        let arrival = try stage.awaitAll()
        return Sample(
            admitted: Double(arrival.admitted - begin) / 1e9, served: Double(arrival.served - begin) / 1e9,
            cpu: try ProcessTime.seconds(of: stage.hub.pid) - cpu, peak: try ProcessMemory.peak(of: stage.hub.pid))
    }

    /// From the kill to the last one back, with the pauses of real spokes.
    private func withBackoff(_ stage: StormStage) throws -> Double {
        try stage.calm()
        let begin = LoadLoop.now()
        try stage.killHub(isHeld: false)
        try stage.startHub()
        return Double(try stage.awaitAll().admitted - begin) / 1e9
    }
}

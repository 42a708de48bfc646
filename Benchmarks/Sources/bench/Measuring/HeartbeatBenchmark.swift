import Harness

/// What a hub needs for thousands of connected spokes that do nothing but say each few seconds how they are.
struct HeartbeatBenchmark: Benchmark {
    let name = "heartbeats"
    private let scale = StormScale()
    /// Seconds until what the admission left behind is done.
    private let settling: UInt32 = 15

    func run(_ workshop: Workshop) throws -> [Row] {
        let stage = try StormStage(workshop, name: name, scale: scale)
        defer { stage.stop() }
        Rest.seconds(settling)
        let begin = LoadLoop.now()
        let (cpu, statuses) = (try ProcessTime.seconds(of: stage.hub.pid), try stage.statuses())
        Rest.seconds(UInt32(scale.watch))
        let used = try ProcessTime.seconds(of: stage.hub.pid) - cpu
        let told = Double(try stage.statuses() - statuses)
        let passed = Double(LoadLoop.now() - begin) / 1e9
        return [
            Row("heartbeats", ours: [used / passed * 100], unit: "% of a core"),
            Row("heartbeats/statuses", ours: [told / passed], unit: "1/s"),
            Row("heartbeats/at-1000", ours: [told > 0 ? used / told * 1e5 : 0], unit: "% of a core"),
        ]
    }
}

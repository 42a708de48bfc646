/// The memory that a hub adds for each connected spoke, beside a server that holds bare TLS connections.
struct IdleLinkBenchmark: Benchmark {
    let name = "idle-hub"
    private let scale = StormScale()
    /// Seconds until what admission took for a moment was given back.
    private let settling: UInt32 = 15

    func run(_ workshop: Workshop) throws -> [Row] {
        let stage = try StormStage(workshop, name: name, scale: scale)
        defer { stage.stop() }
        let peer = BareTLSPair(workshop, roster: stage.roster)
        var (ours, bare): ([Double], [Double]) = ([], [])
        let kibibytes = 1024 / Double(scale.spokes)
        for _ in 0..<scale.rounds {
            try stage.killHub(isHeld: true)
            bare.append(try peer.storm(rest: settling).memory * kibibytes)
            try stage.startHub()
            Rest.seconds(1)
            let before = try ProcessMemory(pid: stage.hub.pid).own
            try stage.unleash()
            _ = try stage.awaitAll()
            Rest.seconds(settling)
            ours.append((try ProcessMemory(pid: stage.hub.pid).own - before) * kibibytes)
        }
        return [Row("idle-hub", ours: ours, peer: bare, unit: "KiB a link")]
    }
}

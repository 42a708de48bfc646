/// `capstan exec NODE -- true` as a whole process, beside ssh over a shared connection and over a fresh one.
struct ExecBenchmark: Benchmark {
    let name = "exec"
    private let runs = 40
    private let freshRuns = 10

    func run(_ workshop: Workshop) throws -> [Row] {
        let fleet = try Fleet(workshop, name: "exec")
        defer { fleet.stop() }
        try fleet.addSpoke("node")
        let peer = try PrivateSSHD(workshop, name: name + "-ssh")
        defer { peer.stop() }
        try peer.share()
        let ours = [workshop.capstan, "exec", "node", "--", "true"]
        func exec() throws -> Double { try Spawn.timed(ours, environment: fleet.environment) }
        let shared = try alternate(runs, ours: exec) { try Spawn.timed(peer.shared(["true"])) }
        let fresh = try alternate(freshRuns, ours: exec) { try Spawn.timed(peer.fresh(["true"])) }
        return [
            Row("exec", ours: shared.ours, peer: shared.peer, unit: "ms"),
            Row("exec/fresh", ours: fresh.ours, peer: fresh.peer, unit: "ms"),
        ]
    }
}

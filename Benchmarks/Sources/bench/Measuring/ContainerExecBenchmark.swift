/// `capstan container exec` of `true` as a whole process, through hub and spoke, beside the engine's own client on the same
/// socket.
struct ContainerExecBenchmark: Benchmark {
    let name = "container-exec"
    private let runs = 40

    func run(_ workshop: Workshop) throws -> [Row] {
        let engine = try PrivateEngine(workshop, name: "engine")
        defer { engine.stop() }
        let fleet = try Fleet(workshop, name: "container-exec")
        defer { fleet.stop() }
        try fleet.addSpoke("node", environment: engine.environment)
        let ours = [workshop.capstan, "container", "exec", "--node", "node", "box", "--", "true"]
        let theirs = engine.command(["exec", "box", "true"])
        let both = try alternate(runs, ours: { try Spawn.timed(ours, environment: fleet.environment) }) {
            try Spawn.timed(theirs)
        }
        return [Row("container-exec", ours: both.ours, peer: both.peer, unit: "ms")]
    }
}

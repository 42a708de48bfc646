/// Workloads that do nothing: one by `capstan run`, and a thousand over three spokes.
struct RunBenchmark: Benchmark {
    let name = "run"
    private let runs = 20
    private let many = 1_000
    private let inFlight = 64
    private let rounds = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        let fleet = try Fleet(workshop, name: "run")
        defer { fleet.stop() }
        for spoke in ["one", "two", "three"] { try fleet.addSpoke(spoke) }
        let command = [workshop.capstan, "run", "--quiet", "--", "true"]
        func single() throws -> Double { try Spawn.timed(command, environment: fleet.environment) }
        _ = try single()
        let times = try (0..<runs).map { _ in try single() }
        let submitter = try Child([workshop.load, "run", try fleet.token(ofOperator: true)])
        defer { submitter.stop() }
        try submitter.line(with: "ready")
        let rates = try (0..<rounds).map { _ in
            submitter.send("\(many) \(inFlight)")
            guard let nanoseconds = Double(try submitter.line()) else {
                throw BenchFailure("the workloads gave no time")
            }
            return Double(many) / (nanoseconds / 1e9)
        }
        return [Row("run", ours: times, unit: "ms"), Row("run/many", ours: rates, unit: "workloads/s")]
    }
}

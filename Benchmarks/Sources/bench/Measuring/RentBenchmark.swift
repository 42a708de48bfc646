/// 10,000 offers and 1,000 queued workloads of 100 wishes: from the start of a hub on a store on disk until each workload has its
/// machine written down, with what it may cost held back. `rent/cpu` is the time of all its threads.
struct RentBenchmark: Benchmark {
    let name = "rent"
    private let rounds = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        let child = try Child([workshop.load, "rent", try workshop.subfolder("rent")])
        defer { child.stop() }
        try child.line(with: "ready")
        let samples = try (0..<rounds).map { _ in
            child.send("match")
            let parts = try child.line().split(separator: " ").compactMap { Double($0) }
            guard parts.count == 3, parts[0] == 1_000 else { throw BenchFailure("a match gave no figures") }
            return parts
        }
        return [
            Row("rent", ours: samples.map { $0[1] }, unit: "s"),
            Row("rent/cpu", ours: samples.map { $0[2] }, unit: "s"),
        ]
    }
}

/// `capstan node list` as a whole process, of 10,000 nodes and of 3; its table goes to a file that nobody reads.
struct ListBenchmark: Benchmark {
    let name = "list"
    private let runs = 20

    func run(_ workshop: Workshop) throws -> [Row] {
        try [10_000, 3].map { nodes in
            let fleet = try Fleet(workshop, name: "list-\(nodes)") { folder in
                try Spawn.timed([workshop.load, "fill", folder, "\(nodes)"])
            }
            defer { fleet.stop() }
            let command = [workshop.capstan, "node", "list"]
            func list() throws -> Double { try Spawn.timed(command, environment: fleet.environment) }
            _ = try list()
            return Row("list/\(nodes)", ours: try (0..<runs).map { _ in try list() }, unit: "ms")
        }
    }
}

/// A document of about 4 MB with schemas in circles of 71, as JSON and as YAML: time to import it whole, and the most memory
/// that the process had, each time in a process of its own.
struct ImportBenchmark: Benchmark {
    let name = "import"
    private let rounds = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        var rows: [Row] = []
        for format in ["json", "yaml"] {
            let path = try workshop.subfolder("import") + "/large.\(format)"
            _ = try output(workshop, ["import-write", path, format])
            let samples = try (0..<rounds).map { _ in
                let parts = try output(workshop, ["import", path]).split(separator: " ").compactMap { Double($0) }
                guard parts.count == 4, parts[1] == 2_400 else { throw BenchFailure("an import gave no figures") }
                return parts
            }
            rows.append(Row("import/\(format)", ours: samples.map { $0[0] }, unit: "s"))
            rows.append(Row("import/\(format)/memory", ours: samples.map { $0[2] }, unit: "MiB"))
        }
        return rows
    }

    private func output(_ workshop: Workshop, _ arguments: [String]) throws -> String {
        let child = try Child([workshop.load] + arguments)
        defer { child.stop() }
        return arguments[0] == "import" ? try child.line() : try child.line(with: "written")
    }
}

import FoundationEssentials
import Glibc
import Harness

/// Measures Capstan beside its peers: `bench [NAME...]`, or ONLY=NAME in the environment.
@main
struct Bench {
    private static let benchmarks: [any Benchmark] = [
        CallBenchmark(name: "calls", way: .direct, inFlight: 64),
        CallBenchmark(name: "calls-1", way: .direct, inFlight: 1),
        CallBenchmark(name: "routed", way: .routed, inFlight: 64),
        ExecBenchmark(), ContainerExecBenchmark(), RunBenchmark(), KeystrokeBenchmark(), CopyBenchmark(),
        TunnelBenchmark(), FarTunnelBenchmark(),
        IdleBenchmark(),
        StreamBenchmark(), LinkBenchmark(), PlaceBenchmark(), RentBenchmark(), ImportBenchmark(), ListBenchmark(),
        StormBenchmark(), HeartbeatBenchmark(), IdleLinkBenchmark(),
    ]

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            Complaint.say("bench: \(error)")
            exit(1)
        }
        exit(0)
    }

    private static func run(_ arguments: [String]) async throws {
        switch (arguments.first, arguments.count) {
        case ("grpc-server", 3): return try await GRPCRoles.serve(certificate: arguments[1], key: arguments[2])
        case ("grpc-client", 2): return try await GRPCRoles.call(port: Int(arguments[1]) ?? 0)
        case ("grpc-streams", 2): return try await GRPCStream.call(port: Int(arguments[1]) ?? 0)
        default: try measure(try chosen(arguments))
        }
    }

    /// All of them where none is named.
    private static func chosen(_ arguments: [String]) throws -> [any Benchmark] {
        let environment = ProcessInfo.processInfo.environment["ONLY"] ?? ""
        let names = arguments.isEmpty ? environment.split { $0 == "," || $0 == " " }.map(String.init) : arguments
        for name in names where !benchmarks.contains(where: { $0.name == name }) {
            throw BenchFailure("there is no `\(name)`; there are: \(benchmarks.map(\.name).joined(separator: ", "))")
        }
        return names.isEmpty ? benchmarks : benchmarks.filter { names.contains($0.name) }
    }

    private static func measure(_ benchmarks: [any Benchmark]) throws {
        let workshop = try Workshop()
        defer { workshop.close() }
        var rows: [Row] = []
        for benchmark in benchmarks {
            Complaint.say("measuring \(benchmark.name)")
            rows += try benchmark.run(workshop)
        }
        Report.print(rows)
        let path = ProcessInfo.processInfo.environment["BENCH_JSON"] ?? workshop.own + ".results.jsonl"
        try Report.write(rows, to: path)
        print("written to \(path)")
    }
}

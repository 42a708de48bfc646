import Operations
import Processes

/// The machine's GPUs, from NVIDIA's own tool where that is installed.
struct GPUProbe: Sendable {
    /// After so long the tool is given up: a driver in trouble can hang it.
    private static let patience = Duration.seconds(5)

    let environment: ProgramEnvironment
    let clock: any Clock<Duration>

    /// Nil where there is no tool or it does not answer.
    func gpus() async -> [HostFacts.GPU]? {
        let spec = ProcessSpec(
            arguments: ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"],
            environment: environment.variables(nil, directory: "/"), workingDirectory: "/")
        guard let process = try? PipeProcess.start(spec) else { return nil }
        process.closeStdin()
        let clock = clock
        let answer: [UInt8]? = await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try? await Self.output(of: process) }
            group.addTask {
                try? await clock.sleep(for: Self.patience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        let exit = await process.terminate(signal: .kill, grace: .seconds(1), clock: clock)
        guard let answer, exit.code == 0 || exit.signal != nil else { return nil }
        return Self.parse(String(decoding: answer, as: UTF8.self))
    }

    private static func output(of process: PipeProcess) async throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < 1 << 16, let bytes = try await process.read(.stdout) { all += bytes }
        return all
    }

    /// One GPU a line: its name and its memory in MiB.
    static func parse(_ text: String) -> [HostFacts.GPU] {
        text.split(separator: "\n").compactMap { line in
            guard let comma = line.lastIndex(of: ",") else { return nil }
            let name = line[..<comma].filter { $0 != "\r" }
            let memory = Int64(line[line.index(after: comma)...].filter { $0.isASCII && $0.isNumber })
            guard !name.isEmpty else { return nil }
            return HostFacts.GPU(
                vendor: "nvidia", model: String(name),
                memory: memory.flatMap { $0 < 1 << 30 ? $0 << 20 : nil })
        }
    }
}

import Operations
import Processes

/// The machine's GPUs, from NVIDIA's own tool where that is installed.
struct GPUProbe: Sendable {
    /// After so long the tool is given up: a driver in trouble can hang it.
    private static let patience = Duration.seconds(5)

    let environment: ProgramEnvironment
    let clock: any Clock<Duration>

    /// What is known after the tool was asked.
    private enum Answer: Sendable {
        case text(String)
        /// There is no tool, and so no GPU that programs could use.
        case noTool
        /// It does not answer, or failed: nobody knows.
        case unknown
    }

    /// None where there is no tool; nil where it does not answer.
    func gpus() async -> [HostFacts.GPU]? {
        switch await query("name,memory.total") {
        case .text(let text): Self.parse(text)
        case .noTool: []
        case .unknown: nil
        }
    }

    /// How busy they are; nil where there is no tool or it does not answer.
    func uses() async -> [HostStatus.GPUUse]? {
        guard case .text(let text) = await query("name,utilization.gpu,memory.used,memory.total") else { return nil }
        return Self.parseUses(text)
    }

    private func query(_ fields: String) async -> Answer {
        let spec = ProcessSpec(
            arguments: ["nvidia-smi", "--query-gpu=\(fields)", "--format=csv,noheader,nounits"],
            environment: environment.variables(nil, directory: "/"), workingDirectory: "/")
        let process: ChildProcess
        do {
            process = try ChildProcess.start(spec)
        } catch .programNotFound {
            return .noTool
        } catch {
            return .unknown
        }
        process.closeStdin()
        let clock = clock
        let answer: [UInt8]? = await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                let output = try? await Self.output(of: process)
                let exit = try? await process.exitUnlessCancelled()
                return exit?.shellCode == 0 ? output : nil
            }
            group.addTask {
                try? await clock.sleep(for: Self.patience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        await process.terminate(signal: .kill, grace: .seconds(1), clock: clock)
        return answer.map { .text(String(decoding: $0, as: UTF8.self)) } ?? .unknown
    }

    private static func output(of process: ChildProcess) async throws -> [UInt8] {
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

    /// One GPU a line: its name, percent of the time it was busy, memory used and in all in MiB.
    static func parseUses(_ text: String) -> [HostStatus.GPUUse] {
        text.split(separator: "\n").compactMap { line in
            // A name may hold a comma; the numbers are the last three.
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count >= 4 else { return nil }
            let numbers = fields.suffix(3).map { Int64($0.filter { !$0.isWhitespace }) }
            let memory = numbers[1...].map { $0.flatMap { (0..<1 << 30).contains($0) ? $0 << 20 : nil } }
            return HostStatus.GPUUse(
                model: fields.dropLast(3).joined(separator: ","),
                percent: numbers[0].flatMap { (0...100).contains($0) ? Int($0) : nil }, memoryUsed: memory[0],
                memoryTotal: memory[1])
        }
    }
}

import Glibc
import Processes

/// Another program, run to its end for what it prints.
struct ToolRun: Sendable {
    var output: String
    var errors: String
    var code: Int32

    /// Bytes of each output that are kept.
    private static let kept = 65_536

    /// - Parameters:
    ///   - arguments: the program first, a path or a name.
    ///   - environment: the whole of it.
    /// - Returns: nil where it took longer than `patience`, and was killed.
    /// - Throws: `LaunchError` where it cannot be started, `CancellationError`.
    static func run(
        _ arguments: [String], environment: [String: String] = DetachedProcess.ownEnvironment(), patience: Duration
    ) async throws -> ToolRun? {
        let process = try ChildProcess.start(
            ProcessSpec(arguments: arguments, environment: environment, workingDirectory: "/"))
        process.closeStdin()
        let result: Result<ToolRun?, any Error>
        do {
            let run: ToolRun? = try await inTime(patience, clock: ContinuousClock()) {
                async let output = text(of: process, .stdout)
                async let errors = text(of: process, .stderr)
                let texts = try await (output, errors)
                return ToolRun(
                    output: texts.0, errors: texts.1, code: try await process.exitUnlessCancelled().shellCode)
            }
            result = .success(run)
        } catch { result = .failure(error) }
        await process.terminate(signal: .kill, grace: .seconds(1), clock: ContinuousClock())
        return try result.get()
    }

    private static func text(of process: ChildProcess, _ output: ProcessOutput) async throws -> String {
        var all: [UInt8] = []
        while let bytes = try await process.read(output) {
            if all.count < kept { all += bytes }
        }
        return String(decoding: all, as: UTF8.self)
    }
}

import Glibc
import Processes
import Synchronization

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
        let (output, errors) = (Collected(), Collected())
        let reading = Task {
            async let first: Void = output.read(process, .stdout)
            async let second: Void = errors.read(process, .stderr)
            _ = try await (first, second)
        }
        let result: Result<ToolRun?, any Error>
        do {
            let code = try await inTime(patience, clock: ContinuousClock()) {
                try await process.exitUnlessCancelled().shellCode
            }
            // What it has left running may keep its outputs open.
            if code != nil {
                _ = try await inTime(grace, clock: ContinuousClock()) {
                    await withTaskCancellationHandler {
                        try? await reading.value
                    } onCancel: {
                        reading.cancel()
                    }
                }
            }
            result = .success(code.map { ToolRun(output: output.text, errors: errors.text, code: $0) })
        } catch { result = .failure(error) }
        reading.cancel()
        await process.terminate(signal: .kill, grace: .seconds(1), clock: ContinuousClock())
        return try result.get()
    }

    private static let grace = Duration.seconds(1)

    /// One of its outputs, as far as it has come.
    private final class Collected: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

        func read(_ process: ChildProcess, _ output: ProcessOutput) async throws {
            while let more = try await process.read(output) {
                bytes.withLock { if $0.count < kept { $0 += more } }
            }
        }
    }
}

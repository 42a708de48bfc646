import CallProtocol
import Daemon

/// Work that Ctrl-C and SIGTERM cancel, so that it can undo what it has begun.
enum Interruptible {
    /// - Throws: what `body` throws; ``ProgramExit`` with 130 where it was cancelled by a signal.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let interrupts = try Interrupts()
        defer { interrupts.stop() }
        let work = Task { try await body() }
        let guardian = Task {
            for await _ in interrupts.wishes { work.cancel() }
        }
        defer { guardian.cancel() }
        do { return try await work.value } catch {
            guard work.isCancelled else { throw error }
            throw ProgramExit(code: ExitCode.interrupted.rawValue)
        }
    }
}

import CallProtocol
import NIOCore
import Operations

/// What ends a session before its program does.
extension ExecSession {
    /// The time of `--wait` was over.
    struct TimeOver: Error, Hashable {}

    /// Passes output on until the program has ended, for `limit` at most: then the program is ended too.
    ///
    /// - Parameter limit: nil for as long as it takes.
    /// - Throws: ``TimeOver``, else as ``follow(_:)`` does.
    func follow(
        within limit: Duration?, _ output: @escaping @Sendable (ChunkType, ByteBuffer) async throws -> Void
    ) async throws -> SessionExit {
        guard let limit else { return try await follow(output) }
        return try await withThrowingTaskGroup(of: SessionExit.self) { race in
            race.addTask { try await self.follow(output) }
            race.addTask {
                try await Task.sleep(for: limit)
                throw TimeOver()
            }
            defer { race.cancelAll() }
            do {
                guard let exit = try await race.next() else { throw CancellationError() }
                return exit
            } catch {
                if error is TimeOver { end("the time of --wait is over") }
                throw error
            }
        }
    }

    /// What became of the program, in words, where the session broke.
    static func explained(_ error: any Error, on node: String) -> any Error {
        if error is TimeOver {
            return Failure(
                .timeout, "the program on \(node) did not end in the time of --wait, and was ended",
                advice: "a program that is to go on without you: capstan run --node \(node) -- CMD")
        }
        guard let error = error as? CallError, error.code == .unavailable else { return error }
        return Failure(
            .unavailable, "the link to \(node) was lost (\(error.message)), and the program was ended with it",
            advice: "a program that is to survive that: capstan run --node \(node) -- CMD")
    }
}

import CallProtocol
import NIOCore
import Operations

/// A program elsewhere, as who sits before it sees it.
protocol ProgramCarrier: Sendable {
    /// Passes output on until the program has ended.
    func followed(_ output: @escaping @Sendable (ChunkType, ByteBuffer) async throws -> Void) async throws
        -> SessionExit
    /// Sends what was typed, as the program takes it. - Returns: false when it takes nothing any more.
    func type(_ bytes: ByteBuffer) async throws -> Bool
    /// Sends what was typed where that needs no waiting; false, and nothing sent, where it does.
    func typeNow(_ bytes: ByteBuffer) -> Bool
    func resize(_ size: TerminalRequest) async throws
    func signal(_ name: String, flush: Bool) async throws
    /// What carries its bytes; nil where no event loop does.
    var eventLoop: (any EventLoop)? { get }
    /// Whether the program has not taken all of its input that was sent.
    var isOwed: Bool { get }
    /// Whether the program takes nothing of its input for the moment.
    var isStuck: Bool { get }
    /// Leaves at once.
    func end(_ reason: String)
    /// The program has ended.
    func conclude()
    /// What became of the program, in words, where this broke.
    func explained(_ error: any Error, on node: String) -> any Error
}

/// The time of `--wait` was over.
struct TimeOver: Error, Hashable {}

extension ProgramCarrier {
    /// Passes output on until the program has ended, for `limit` at most: then the program is ended too.
    ///
    /// - Parameter limit: nil for as long as it takes.
    /// - Throws: ``TimeOver``, else as ``followed(_:)`` does.
    func follow(
        within limit: Duration?, _ output: @escaping @Sendable (ChunkType, ByteBuffer) async throws -> Void
    ) async throws -> SessionExit {
        guard let limit else { return try await followed(output) }
        return try await withThrowingTaskGroup(of: SessionExit.self) { race in
            race.addTask { try await followed(output) }
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
}

/// What ends a session before its program does.
extension ExecSession {
    func followed(
        _ output: @escaping @Sendable (ChunkType, ByteBuffer) async throws -> Void
    ) async throws -> SessionExit {
        try await follow(output)
    }

    /// What became of the program, in words, where the session broke.
    func explained(_ error: any Error, on node: String) -> any Error {
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

import CallProtocol
import FoundationEssentials
import NIOCore
import Operations
import Synchronization

/// The output of one attempt from an offset on, taken up again where it was when the link is lost.
final class LogFollower: Sendable {
    private let connector: HubConnector
    private let input: WorkloadLogsInput
    private let patience: Duration?
    private let position: Mutex<Position>

    private struct Position {
        var offset: Int64
        var movedAt: ContinuousClock.Instant
    }

    /// - Parameter patience: how long to try again after the link was lost; nil for not at all.
    init(_ connector: HubConnector, _ input: WorkloadLogsInput, patience: Duration?) {
        self.connector = connector
        self.input = input
        self.patience = patience
        position = Mutex(Position(offset: input.offset ?? 0, movedAt: .now))
    }

    /// The offset behind the last byte that was passed on.
    var offset: Int64 { position.withLock { $0.offset } }

    /// How long nothing has come.
    var idle: Duration { position.withLock { $0.movedAt }.duration(to: .now) }

    /// Passes on every byte once, in order, to the end of the log or, without `follow`, of what there is.
    ///
    /// - Parameter output: gets each piece with the bytes that are new, and its offset is theirs.
    func run(_ output: (LogPiece, ByteBuffer) async throws -> Void) async throws {
        var deadline = Deadline(in: patience)
        var pause = RetryPause()
        while true {
            let connection = try await connector.connection(until: deadline)
            do {
                var input = input
                input.offset = offset
                let subscription = try connection.calls.subscribe(WorkloadOperations.logs, input)
                while let piece = try await subscription.next() {
                    try await pass(piece, to: output)
                    if piece.kind == .end { return subscription.close() }
                    deadline = Deadline(in: patience)
                    pause = RetryPause()
                }
                return
            } catch let error as CallError {
                let isLoss = connection.isLoss(error)
                guard isLoss, try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    private func pass(_ piece: LogPiece, to output: (LogPiece, ByteBuffer) async throws -> Void) async throws {
        guard let data = Data(base64Encoded: piece.data) else {
            throw Failure.malformed("the hub sent a piece of the log that is not base64")
        }
        var bytes = ByteBuffer(bytes: data)
        let known = offset
        // After a new link a piece may begin before what is known already.
        let skipped = min(max(0, known - piece.offset), Int64(bytes.readableBytes))
        bytes.moveReaderIndex(forwardBy: Int(skipped))
        position.withLock {
            $0.offset = max(known, piece.offset + Int64(data.count))
            $0.movedAt = .now
        }
        var piece = piece
        piece.offset += skipped
        guard bytes.readableBytes > 0 || piece.kind == .gap || piece.kind == .end else { return }
        try await output(piece, bytes)
    }
}

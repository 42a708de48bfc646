import CallProtocol
import NIOCore
import Operations

/// One copy, from its first byte to its last, whatever happens to the links in between.
struct CopyRun: Sendable {
    let origin: any CopyOrigin
    let target: any CopyTarget
    let progress: CopyProgress

    struct Outcome: Sendable {
        var path: String
        var opening: CopyOpening
        /// Bytes of the archive that were there before.
        var resumed: Int64
    }

    /// A copy that has begun is gone on with when the link is lost, for so long without a byte.
    private static let patience = Duration.seconds(600)

    func run() async throws -> Outcome {
        var pause = RetryPause(first: 0.05, limit: 5)
        var lastByte: ContinuousClock.Instant?
        var resumed: Int64?
        while true {
            do {
                return try await once { start in
                    resumed = resumed ?? start
                    return resumed ?? start
                } moved: {
                    lastByte = .now
                    pause = RetryPause(first: 0.05, limit: 5)
                }
            } catch {
                await target.stop(error)
                guard let error = error as? CallError, error.code == .unavailable, let lastByte,
                    lastByte.duration(to: .now) < Self.patience
                else { throw error }
                progress.interrupted()
                try await Task.sleep(for: .seconds(pause.take()))
            }
        }
    }

    private func once(
        began: (Int64) -> Int64, moved: () -> Void
    ) async throws -> Outcome {
        let opening = try await origin.open(try await target.left())
        let (path, start) = try await target.open(opening.archive)
        if start != opening.offset { try await origin.move(to: start) }
        let resumed = began(start)
        progress.begin(at: start, of: opening.archive.bytes)
        if start < opening.archive.bytes {
            while let bytes = try await origin.next() {
                try await target.write(bytes)
                progress.add(bytes.readableBytes)
                moved()
            }
        }
        try await target.finish()
        return Outcome(path: path, opening: opening, resumed: resumed)
    }
}

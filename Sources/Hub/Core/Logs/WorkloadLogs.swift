import CallProtocol
import FoundationEssentials
import NIOCore
import Operations
import Store

/// The output of one attempt, from the node while it has it, from the hub's copy afterwards, without a seam.
struct WorkloadLogs: Sendable {
    let core: HubCore
    let input: WorkloadLogsInput

    func send(to sink: OutputSink) async throws {
        let workload = try await core.find(input.workload)
        let topic = core.workloadTopics.acquire(workload.id)
        defer { core.workloadTopics.release(workload.id) }
        var offset = input.offset ?? 0
        var attempt = try await firstAttempt(of: workload, topic)
        while true {
            let mark = topic.mark
            if attempt.logsCollected {
                try await sendCopy(of: attempt, from: offset, to: sink)
                return
            }
            let (reached, isComplete) = try await sendLive(attempt, from: offset, to: sink)
            offset = reached
            if isComplete || (input.follow != true && !attempt.state.isTerminal) { return }
            // The node is away, or has just handed its copy over: something will change.
            try await wait(topic, after: mark)
            guard let again = try await core.store.read({ [id = attempt.id] in try $0.attempt(id) }) else { return }
            attempt = again
        }
    }

    /// A follower of a queued workload waits for its first attempt.
    private func firstAttempt(of workload: WorkloadRecord, _ topic: ChangeSignal) async throws -> AttemptRecord {
        while true {
            let mark = topic.mark
            let current = try await core.find(workload.id)
            let attempts = try await core.store.read { try $0.attempts(of: workload.id) }
            if !attempts.isEmpty || current.state.isTerminal || input.follow != true {
                return try await core.attempt(input.attempt, of: current)
            }
            try await topic.wait(after: mark)
        }
    }

    private func sendCopy(of attempt: AttemptRecord, from offset: Int64, to sink: OutputSink) async throws {
        var end = offset
        let reader = try core.archive.reader(attempt.id)
        while var piece = try reader?.next() {
            let pieceEnd = piece.offset + Int64(piece.bytes.readableBytes)
            end = max(end, pieceEnd)
            guard pieceEnd > offset || piece.kind == .gap else { continue }
            let skipped = max(0, offset - piece.offset)
            piece.bytes.moveReaderIndex(forwardBy: min(piece.bytes.readableBytes, Int(skipped)))
            try await sink.send(
                LogPiece(
                    offset: piece.offset + skipped, kind: piece.kind, timeUs: piece.timeUs,
                    data: Data(piece.bytes.readableBytesView).base64EncodedString()))
        }
        try await sink.send(LogPiece(offset: end, kind: .end, timeUs: core.clock.now() * 1_000, data: ""))
    }

    /// Passes on what the node has. Returns where it got to, and whether that is all there will ever be.
    private func sendLive(
        _ attempt: AttemptRecord, from offset: Int64, to sink: OutputSink
    ) async throws -> (offset: Int64, isComplete: Bool) {
        guard let session = core.session(attempt.nodeId) else {
            guard input.follow != true else { return (offset, false) }
            let name = core.directory[attempt.nodeId]?.name ?? attempt.nodeId
            throw CallError(.unavailable, "the log is on \(name), which is not connected")
        }
        var offset = offset
        do {
            let subscription = try session.client.subscribe(
                AttemptOperations.logs,
                AttemptLogsInput(attempt: attempt.id, offset: offset, follow: input.follow))
            while let piece = try await subscription.next() {
                try await sink.send(piece)
                if piece.kind == .end { return (piece.offset, true) }
                offset = piece.offset + Int64(Data(base64Encoded: piece.data)?.count ?? 0)
            }
            return (offset, false)
        } catch let error as CallError where error.code == .unavailable || error.code == .notFound {
            return (offset, false)
        }
    }

    /// Until the workload changes, or for a moment: the node's return is no change of the workload.
    private func wait(_ topic: ChangeSignal, after mark: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await topic.wait(after: mark) }
            group.addTask { try await core.clock.sleep(.milliseconds(250)) }
            try await group.next()
            group.cancelAll()
        }
    }
}

import CallProtocol
import FoundationEssentials
import NIOCore
import Operations
import Store

/// The output of one attempt, from the node while it has it, from the hub's copy afterwards, without a seam.
struct WorkloadLogs: Sendable {
    let core: HubCore
    let input: WorkloadLogsInput
    let context: CallContext

    private var descriptor: OperationDescriptor { WorkloadOperations.logs.descriptor }

    func send(to sink: OutputSink) async throws {
        let workload = try await core.find(input.workload, descriptor, context)
        let topic = core.workloadTopics.acquire(workload.id)
        defer { core.workloadTopics.release(workload.id) }
        var offset = input.offset ?? 0
        let attempt = try await firstAttempt(of: workload, topic).id
        while true {
            let mark = topic.mark
            guard let current = try await core.store.read({ try $0.attempt(attempt) }) else { return }
            // Of a removed node there will never be more than what was copied.
            if current.logsCollected || (current.state.isTerminal && core.directory[current.nodeId] == nil) {
                return try await sendCopy(of: current, from: offset, to: sink)
            }
            switch try await sendLive(current, from: offset, to: sink) {
            case .complete: return
            case .upTo(let reached):
                if input.follow != true, !current.state.isTerminal { return }
                offset = reached
            case .brokenOff(let reached): offset = reached
            case .away where input.follow == true && !current.state.isTerminal:
                break
            case .away:
                // Its copy may have been made between the two looks.
                guard try await core.store.read({ try $0.attempt(attempt)?.logsCollected }) != true else { continue }
                let name = core.directory[current.nodeId]?.name ?? current.nodeId
                throw CallError(.unavailable, "the log is on \(name), which is not connected")
            }
            // The node is away, or has just handed its copy over: something will change. Its return is no change of
            // the workload, so that a look now and then is needed as well.
            try await topic.wait(after: mark, atMost: .milliseconds(250), on: core.clock)
        }
    }

    /// A follower of a queued workload waits for its first attempt.
    private func firstAttempt(of workload: WorkloadRecord, _ topic: ChangeSignal) async throws -> AttemptRecord {
        while true {
            let mark = topic.mark
            let current = try await core.find(workload.id, descriptor, context)
            let audience = core.audience(descriptor, context)
            let attempts = try await core.attempts(of: current, for: audience)
            if !attempts.isEmpty || current.state.isTerminal || input.follow != true {
                return try await core.attempt(input.attempt, of: current, for: audience)
            }
            try await topic.wait(after: mark)
        }
    }

    private func sendCopy(of attempt: AttemptRecord, from offset: Int64, to sink: OutputSink) async throws {
        var end = offset
        let reader = try await core.archive.reader(attempt.id)
        while let pieces = try await reader?.batch(), !pieces.isEmpty {
            for var piece in pieces {
                let pieceEnd = piece.offset + Int64(piece.bytes.readableBytes)
                end = max(end, pieceEnd)
                guard piece.kind == .gap ? piece.offset >= offset : pieceEnd > offset else { continue }
                let skipped = max(0, offset - piece.offset)
                piece.bytes.moveReaderIndex(forwardBy: min(piece.bytes.readableBytes, Int(skipped)))
                try await sink.send(
                    LogPiece(
                        offset: piece.offset + skipped, kind: piece.kind, timeUs: piece.timeUs,
                        data: Data(piece.bytes.readableBytesView).base64EncodedString()))
            }
        }
        try await sink.send(LogPiece(offset: end, kind: .end, timeUs: core.clock.now() * 1_000, data: ""))
    }

    /// Whether a node that says "that was all" still had it all: once the hub has its copy the node forgets its own, and
    /// may do so while it is being read.
    private func isAll(of attempt: String, upTo offset: Int64) async throws -> Bool {
        try await core.store.read { try $0.attempt(attempt)?.logBytes ?? 0 } <= offset
    }

    private enum Progress {
        /// All there will ever be was passed on.
        case complete
        /// All there is, up to this offset.
        case upTo(Int64)
        /// The node went away, or does not have it; up to this offset.
        case brokenOff(Int64)
        /// The node is not connected.
        case away
    }

    /// Passes on what the node has.
    private func sendLive(
        _ attempt: AttemptRecord, from offset: Int64, to sink: OutputSink
    ) async throws -> Progress {
        guard let session = core.sessions[attempt.nodeId] else { return .away }
        var offset = offset
        do {
            let subscription = try session.client.subscribe(
                AttemptOperations.logs,
                AttemptLogsInput(attempt: attempt.id, offset: offset, follow: input.follow))
            while let piece = try await subscription.next() {
                if piece.kind == .end {
                    guard try await isAll(of: attempt.id, upTo: offset) else { return .brokenOff(offset) }
                    try await sink.send(piece)
                    return .complete
                }
                try await sink.send(piece)
                offset = max(offset, piece.offset + Int64(Data(base64Encoded: piece.data)?.count ?? 0))
            }
            return .upTo(offset)
        } catch let error as CallError where error.code == .notFound && !attempt.state.isTerminal {
            // Not there yet.
            return .upTo(offset)
        } catch let error as CallError where error.code == .unavailable || error.code == .notFound {
            return .brokenOff(offset)
        }
    }
}

import CallProtocol
import Core
import Formats
import FoundationEssentials
import Link
import NIOCore
import Operations
import Synchronization

/// A spoke without a machine: it keeps attempts and a journal, and does what a test tells it.
final class FakeSpoke: Sendable {
    struct State {
        var attempts: [String: AttemptStatus] = [:]
        var rows: [JournalBatch.Row] = []
        var epoch = "epoch-1"
        var acknowledged: Int64 = 0
        var logs: [String: String] = [:]
        /// What was asked, in order: `start ID`, `cancel ID`, `forget ID`.
        var asked: [String] = []
        /// The variables of what was started, in order.
        var environments: [[String: String]] = []
        /// The answers to the next starts; when there are none left, starts succeed.
        var refusals: [CallError] = []
        var isHoldingStarts = false
        /// When its programs begin, unix milliseconds; nil where it does not say.
        var startedAt: Int64?
        /// Whether a log that is followed never ends.
        var isHoldingLogs = false
        var facts = HostFacts(hostname: "fake", os: "linux", arch: "x86_64", cpus: 8, memory: 1 << 34)
    }

    let key: PeerKey
    let state = Mutex(State())
    private let changed = ChangeSignal()
    private let ids = ULIDGenerator()
    /// Operations beside those that every spoke has.
    let more: [OperationEntry]

    init(key: PeerKey = PeerKey(), more: [OperationEntry] = []) {
        self.key = key
        self.more = more
    }

    func asked(_ what: String) -> Int { state.withLock { $0.asked.count { $0.hasPrefix(what) } } }

    func hold() { state.withLock { $0.isHoldingStarts = true } }

    func letGo() {
        state.withLock { $0.isHoldingStarts = false }
        changed.fire()
    }

    /// The ids of what was started and has not ended.
    var running: [String] { state.withLock { $0.attempts.values.filter { !$0.isTerminal }.map(\.attempt).sorted() } }

    /// Ends an attempt as its program would, with a receipt and a row of the journal.
    func finish(
        _ attempt: String, exit: Int = 0, state end: String? = nil, log: String = "", isJournalled: Bool = true,
        notStarted: Bool? = nil, endedAt: Int64 = 1_000, change: (inout NodeStatement) -> Void = { _ in }
    ) throws {
        guard var status = state.withLock({ $0.attempts[attempt] }) else { return }
        status.state = end ?? (exit == 0 ? "succeeded" : "failed")
        status.exitCode = exit
        status.notStarted = notStarted
        if notStarted == true { status.reason = "no room for a supervisor" }
        status.logBytes = Int64(log.utf8.count)
        let (start, time) = (status.startedAt ?? RFC3339.string(1_000), RFC3339.string(endedAt))
        (status.startedAt, status.endedAt) = (start, time)
        var statement = NodeStatement(
            workload: status.workload, attempt: attempt, generation: status.generation, node: key.fingerprint.text,
            commandHash: "", exitCode: exit, signal: nil, reason: nil, startedAt: start, endedAt: time,
            outputHash: "", outputBytes: status.logBytes, logTruncated: false, userTimeUs: 0, systemTimeUs: 0,
            maxMemory: 0)
        change(&statement)
        let payload = Array(try JSONCoding.encode(statement).buffer.readableBytesView)
        status.receipt = Receipt(
            payload: Data(payload).base64EncodedString(),
            signatures: [
                Receipt.Signature(
                    by: .node, spki: Data(key.spki).base64EncodedString(),
                    sig: Data(try key.sign(payload)).base64EncodedString())
            ])
        let (ended, row) = (status, try JSONCoding.encode(status))
        state.withLock { state in
            state.attempts[attempt] = ended
            state.logs[attempt] = log
            if isJournalled { append("attempt.finished", row, to: &state) }
        }
        changed.fire()
    }

    private func append(_ kind: String, _ payload: RawJSON, to state: inout State) {
        let last = state.rows.last?.seq ?? state.acknowledged
        state.rows.append(JournalBatch.Row(seq: last + 1, id: ids.next(at: 1_000), kind: kind, payload: payload))
    }
}

extension FakeSpoke {
    func start(_ input: AttemptStart) async throws -> AttemptStatus {
        state.withLock { state in
            state.asked.append("start \(input.attempt)")
            if let env = input.spec.env { state.environments.append(env) }
        }
        if let refusal = state.withLock({ $0.refusals.isEmpty ? nil : $0.refusals.removeFirst() }) { throw refusal }
        while true {
            let mark = changed.mark
            guard state.withLock({ $0.isHoldingStarts }) else { break }
            try await changed.wait(after: mark)
        }
        var status = AttemptStatus(
            attempt: input.attempt, workload: input.workload, generation: input.generation, state: "starting")
        status.state = "running"
        status.startedAt = state.withLock { $0.startedAt }.map { RFC3339.string($0) }
        let (fresh, row) = (status, try JSONCoding.encode(status))
        let known = state.withLock { state in
            if let known = state.attempts[input.attempt] { return known }
            state.attempts[input.attempt] = fresh
            append("attempt.changed", row, to: &state)
            return fresh
        }
        changed.fire()
        return known
    }

    func cancel(_ attempt: String) async throws -> AttemptStatus {
        state.withLock { $0.asked.append("cancel \(attempt)") }
        guard let status = state.withLock({ $0.attempts[attempt] }) else {
            throw CallError(.notFound, "no attempt \(attempt)")
        }
        if !status.isTerminal { try finish(attempt, exit: 143, state: "cancelled") }
        return status
    }

    func forget(_ attempt: String) {
        state.withLock { state in
            state.asked.append("forget \(attempt)")
            state.attempts[attempt] = nil
            state.logs[attempt] = nil
        }
    }

    func sendLog(_ input: AttemptLogsInput, _ sink: OutputSink) async throws {
        guard
            let log = state.withLock({ state in state.attempts[input.attempt].map { _ in state.logs[input.attempt] } })
        else { throw CallError(.notFound, "no attempt \(input.attempt)") }
        let bytes = Array((log ?? "").utf8.dropFirst(Int(input.offset ?? 0)))
        if !bytes.isEmpty {
            try await sink.send(
                LogPiece(
                    offset: input.offset ?? 0, kind: .stdout, timeUs: 1, data: Data(bytes).base64EncodedString()))
        }
        while input.follow == true, state.withLock({ $0.isHoldingLogs }) { try await Task.sleep(for: .seconds(3600)) }
        try await sink.send(LogPiece(offset: Int64((log ?? "").utf8.count), kind: .end, timeUs: 1, data: ""))
    }

    func watchJournal(_ input: JournalWatchInput, _ sink: OutputSink) async throws {
        var after = state.withLock { $0.epoch == input.epoch ? input.after : 0 }
        var isFirst = true
        while true {
            let mark = changed.mark
            let batch = state.withLock { [after] state in
                JournalBatch(
                    epoch: state.epoch, acknowledged: state.acknowledged, rows: state.rows.filter { $0.seq > after })
            }
            if isFirst || !batch.rows.isEmpty { try await sink.send(batch) }
            isFirst = false
            after = batch.rows.last?.seq ?? after
            try await changed.wait(after: mark)
        }
    }

    func acknowledge(_ ack: JournalAck) {
        state.withLock { state in
            state.acknowledged = max(state.acknowledged, ack.upTo)
            state.rows.removeAll { $0.seq <= ack.upTo }
        }
    }
}

import CallProtocol
import Crypto
import Foundation
import NIOCore
import Operations

@testable import capstan

/// Holds what became of one workload against what was promised.
struct Judge: Sendable {
    let promise: Ledger.Promise
    let view: WorkloadView
    let ledger: Ledger

    private var job: Job { promise.job }

    private func find(_ text: String) {
        let attempts = view.attempts.map { "\($0.number) \($0.id) \($0.state) \($0.exitCode ?? -1) \($0.reason ?? "")" }
        ledger.find("\(job) \(view.id), \(view.state): \(text); its attempts: \(attempts)")
    }

    /// The state and the code are those of the program, or the contract knows why not.
    func judgeEnd() {
        let wasKilled = view.attempts.contains { ledger.isKilled($0.id) }
        switch view.state {
        case "succeeded": if job.code != 0 || view.exitCode != 0 { find("it cannot have succeeded") }
        case "failed" where view.exitCode == job.code && job.code != 0: break
        case "failed": if !wasKilled { find("it failed with \(view.exitCode.map(String.init) ?? "no code")") }
        case "cancelled": if !promise.cancelAsked { find("nobody cancelled it") }
        default: find("that is no end")
        }
        if job.kind == .endless, view.state != "cancelled", !wasKilled { find("it cannot end by itself") }
        for attempt in view.attempts { judge(attempt) }
        let tries = view.attempts.filter { $0.state != "lost" }.count
        // What was killed may have been tried again, or ended it; a cancel may come between two tries.
        let expected = job.isRetried ? 1...(1 + Job.retries) : 1...1
        if view.state != "cancelled", !expected.contains(tries) { find("\(tries) tries") }
        if job.isRetried, view.state == "failed", !wasKilled, !promise.cancelAsked, tries != expected.upperBound {
            find("\(tries) tries")
        }
    }

    private func judge(_ attempt: AttemptView) {
        let reason = attempt.reason ?? ""
        switch attempt.state {
        case "succeeded", "failed":
            if !attempt.hasReceipt { find("attempt \(attempt.number) has no receipt") }
            if attempt.exitCode != job.code, !ledger.isKilled(attempt.id) {
                find("attempt \(attempt.number) has not its program's code")
            }
        case "cancelled":
            // One that was never started has nothing to be signed for.
            if !attempt.hasReceipt, attempt.startedAt != nil { find("attempt \(attempt.number) has no receipt") }
        case "lost":
            // Eight orders without an answer, an order that was called back before it arrived, or no room for it.
            let hadNoRoom = ledger.wasFull(attempt.node) && reason.contains("disk full on")
            let isKnown = reason.contains("did not take it up") || promise.cancelAsked || hadNoRoom
            if !isKnown { find("attempt \(attempt.number) is lost: \(reason)") }
        default: find("attempt \(attempt.number) has not ended")
        }
    }

    /// No attempt was started twice, and each that ran was.
    func judgeStarts(_ fleet: Fleet) {
        let text = (try? String(contentsOfFile: fleet.path(Job.starts) + "/\(job.number)", encoding: .utf8)) ?? ""
        let starts = text.split(separator: "\n").map(String.init)
        let known = Set(view.attempts.map(\.id))
        // A program whose supervisor is gone cannot say whose it is.
        let ours = starts.filter { known.contains($0) }
        if Set(ours).count != ours.count { find("an attempt was started twice: \(starts)") }
        if starts.count - ours.count > ledger.killedCount { find("it was started by whom? \(starts)") }
        for attempt in view.attempts where attempt.exitCode != nil && !ledger.isKilled(attempt.id) {
            let ran = attempt.state == "succeeded" || attempt.state == "failed"
            if ran, !ours.contains(attempt.id) { find("attempt \(attempt.number) ended without a start") }
        }
    }

    /// The receipt holds, and the log is what the program wrote and what was signed for.
    func judgeResult(_ attempt: AttemptView, _ hub: HubConnector) async throws {
        let receipt = try await hub.ask(
            WorkloadOperations.receipt, WorkloadReceiptInput(workload: view.id, attempt: attempt.number),
            wait: .seconds(20))
        let check = ReceiptCheck(receipt)
        if !check.isValid { find("the receipt of attempt \(attempt.number) does not hold: \(check.findings)") }
        let log = try await Log(of: view.id, attempt.number, hub)
        // What a full disk did not take is missing, and the log says where.
        if log.hasGap, !ledger.wasFull(attempt.node) { find("the log of attempt \(attempt.number) has a gap") }
        if log.hash != receipt.statement.outputHash {
            find("the log of attempt \(attempt.number) is not what was signed for: \(log.output.count) bytes")
        }
        if log.hasGap {
            let isPart = log.output.isPart(of: job.output) && log.errors.isPart(of: job.errors)
            return isPart
                ? () : find("the log of attempt \(attempt.number) has gaps, and what else is not the program's")
        }
        // What was lost is signed for where nothing ran; then there is nothing of it.
        let isWhole = ["succeeded", "failed"].contains(attempt.state) && !ledger.isKilled(attempt.id)
        for (written, expected) in [(log.output, job.output), (log.errors, job.errors)] {
            let isRight = isWhole ? written == Data(expected.utf8) : Data(expected.utf8).starts(with: written)
            if !isRight {
                find("the log of attempt \(attempt.number) has \(written.count) bytes, not \(expected.utf8.count)")
            }
        }
    }

    /// A whole log.
    private struct Log {
        var output = Data()
        var errors = Data()
        var hash = ""
        var hasGap = false

        init(of workload: String, _ attempt: Int, _ hub: HubConnector) async throws {
            let input = WorkloadLogsInput(workload: workload, attempt: attempt, follow: true)
            var digest = SHA256()
            try await LogFollower(hub, input, patience: .seconds(60)).run { piece, bytes in
                digest.update(data: Data(bytes.readableBytesView))
                switch piece.kind {
                case .stdout: output.append(contentsOf: bytes.readableBytesView)
                case .stderr: errors.append(contentsOf: bytes.readableBytesView)
                case .gap: hasGap = true
                case .end: break
                }
            }
            hash = digest.finalize().map { String(format: "%02x", $0) }.joined()
        }
    }
}

extension Data {
    /// Whether it is that text with nothing but pieces left out.
    fileprivate func isPart(of text: String) -> Bool {
        var rest = text.utf8[...]
        for byte in self {
            guard let place = rest.firstIndex(of: byte) else { return false }
            rest = rest[rest.index(after: place)...]
        }
        return true
    }
}

import Formats
import Operations

extension AttemptView {
    /// Whether its output is to be shown now: not before it is known to run, so that this is said first.
    var hasOutput: Bool { state != "assigned" && state != "starting" }

    /// Whether it will do nothing more.
    var hasEnded: Bool { ["succeeded", "failed", "cancelled", "lost"].contains(state) }
}

extension WorkloadView {
    /// Whether no attempt may follow.
    var isTerminal: Bool { ["succeeded", "failed", "cancelled", "lost"].contains(state) }

    /// The code of `run`: the program's own; what ended without one is a failure of ours.
    var processCode: Int32 {
        switch state {
        case "succeeded": Int32(clamping: exitCode ?? 0)
        case "failed": exitCode.map { $0 == 0 ? 1 : Int32(clamping: $0) } ?? 1
        case "cancelled": 130
        default: 1
        }
    }

    /// What must be said at the end, because the exit code is not the program's, or not all there is to know.
    var complaint: String? {
        switch state {
        case "succeeded": nil
        case "failed":
            // A program that just ended with its code has no reason beside it.
            failure
        case "cancelled": "\(name) was cancelled" + (reasonText.map { ": \($0)" } ?? "")
        default: "\(name) was lost" + (reasonText.map { ": \($0)" } ?? "")
        }
    }

    private var failure: String? {
        if let reasonText { return "\(name) failed: \(reasonText)" }
        if let signal { return "\(name) was ended by \(signal.first?.isLetter == true ? "SIG" : "signal ")\(signal)" }
        return exitCode == nil || exitCode == 0 ? "\(name) failed: no reason is known" : nil
    }

    /// A line for each attempt of whose output only the beginning was kept.
    var cutNotices: [String] {
        attempts.filter(\.logTruncated).map { attempt in
            let which = attempts.count > 1 ? " of attempt \(attempt.number)" : ""
            return "the output\(which) was cut: only its first \(ByteSize.string(attempt.logBytes)) were kept"
        }
    }

    /// What is worth a line on stderr after a change; nil when nothing is.
    func notice(after before: WorkloadView) -> String? {
        // How far its machine is says more, step by step.
        if state == "provisioning", rented != nil { return nil }
        if state != before.state { return stateNotice }
        if ["queued", "provisioning"].contains(state), reason != before.reason, reason != nil { return stateNotice }
        let isUnknown = attempts.last?.unknown ?? false
        if isUnknown != (before.attempts.last?.unknown ?? false) {
            let node = attempts.last?.node ?? node ?? "the node"
            return isUnknown ? "\(node) is offline; waiting for its return" : "\(node) is back"
        }
        return attempts.count > before.attempts.count ? stateNotice : nil
    }

    private var stateNotice: String {
        let attempt = attempts.count > 1 ? " (attempt \(attempts.count))" : ""
        let place = (attempts.last?.node ?? node).map { " on \($0)" } ?? ""
        switch state {
        case "queued", "provisioning": return state + (reason.map { ": \($0)" } ?? "")
        case "starting", "running": return state + place + attempt
        case "failed": return "failed" + (exitCode.map { " with code \($0)" } ?? "") + place
        default: return state + place
        }
    }
}

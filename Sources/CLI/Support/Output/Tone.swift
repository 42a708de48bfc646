/// What a field wants to say by its colour.
enum Tone: Sendable {
    case plain, heading, good, busy, doubtful, bad, faint

    /// The text in the terminal's own colours (ECMA-48 SGR).
    func applied(to text: String) -> String {
        guard let code else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    private var code: String? {
        switch self {
        case .plain: nil
        case .heading: "1"
        case .good: "32"
        case .busy: "36"
        case .doubtful: "33"
        case .bad: "31"
        case .faint: "2"
        }
    }

    /// How the state of a node, a workload, an attempt or a token is shown.
    static func state(_ state: String) -> Tone {
        switch state {
        case "connected", "succeeded", "active": .good
        case "running", "starting", "provisioning", "assigned", "restarting", "removing": .busy
        case "pending", "paused", "degraded", "disconnected", "queued", "draining", "drained", "cancelled", "expired":
            .doubtful
        case "offline", "dead", "failed", "lost", "removed", "revoked": .bad
        case "used": .faint
        default: .plain
        }
    }

    /// How an event's severity is shown.
    static func severity(_ severity: String) -> Tone {
        switch severity {
        case "error", "critical": .bad
        case "warning", "security": .doubtful
        case "debug": .faint
        default: .plain
        }
    }
}

import CallProtocol
import Operations

/// What happens to a tunnel while somebody keeps it open.
enum TunnelEvent: Sendable {
    case created
    case progress(TunnelProgress)
    case verifying, verified
    /// What is waited for, in words; programs see it in the steps.
    case waiting(String)
    /// Verified from end to end: the address, and how long that took in milliseconds.
    case ready(url: String, elapsedMs: Int64)
    /// The hub is away.
    case away(reason: String)
    /// The hub does not take the tunnel's key any more.
    case loginLost(reason: String)
    case deletedUpstream
    case terminalFailure(reason: String)
    case disabled
    case notDisabled(reason: String)

    /// As programs read it; nil for what is told to people alone.
    var name: String? {
        switch self {
        case .created: "tunnel_created"
        case .progress: "tunnel_progress"
        case .verifying: "tunnel_verifying"
        case .verified: "tunnel_verified"
        case .waiting: nil
        case .ready: "tunnel_ready"
        case .away: "tunnel_away"
        case .loginLost: "tunnel_login_lost"
        case .deletedUpstream: "tunnel_deleted_upstream"
        case .terminalFailure: "tunnel_terminal_failure"
        case .disabled: "tunnel_disabled"
        case .notDisabled: nil
        }
    }

    var members: JSONValue {
        switch self {
        case .progress(let progress):
            ["steps": (try? JSONCoding.value(of: progress.steps)) ?? .array([])]
        case .ready(let url, let elapsed): ["url": .string(url), "elapsedMs": .integer(elapsed)]
        case .away(let reason), .loginLost(let reason), .terminalFailure(let reason): ["reason": .string(reason)]
        default: [:]
        }
    }

    /// As people read it; nil for what says nothing to them.
    func words(_ view: TunnelView) -> String? {
        switch self {
        case .created: "the tunnel \(view.label ?? view.id) is made"
        case .progress, .verifying, .verified: nil
        case .waiting(let words): words
        case .ready: "leads to \(view.endpoint) by \(view.node); Ctrl-C disables it"
        case .away(let reason): reason
        case .loginLost(let reason): "the hub does not take this tunnel's key any more: \(reason)"
        case .deletedUpstream: "the tunnel was deleted at the hub"
        case .terminalFailure(let reason): reason
        case .disabled: "the tunnel is disabled; its address stays its own"
        case .notDisabled(let reason): "the tunnel could not be disabled: \(reason)"
        }
    }
}

/// Where events of a tunnel are told.
protocol TunnelTeller: Sendable {
    func tell(_ event: TunnelEvent, of view: TunnelView) async throws
}

/// Tells them on stdout as lines of JSON, or in words on stderr; the address alone goes to stdout.
struct TunnelPrinter: TunnelTeller {
    let printer: Printer

    func tell(_ event: TunnelEvent, of view: TunnelView) async throws {
        guard printer.format == .table else {
            guard let name = event.name else { return }
            return try await printer.element(event.json(name, view)) { "" }
        }
        if case .ready(let url, _) = event { try await printer.text("\(url)\n") }
        if let words = event.words(view) { printer.notice(words) }
    }
}

extension TunnelEvent {
    func json(_ name: String, _ view: TunnelView) -> JSONValue {
        var value = members
        value["msg"] = .string(name)
        value["id"] = .string(view.id)
        value["label"] = view.label.map { .string($0) }
        return value
    }
}

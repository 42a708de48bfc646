import CallProtocol
import Formats
import Operations

/// One tunnel, followed until it is deleted or nobody wants it any more.
struct TunnelRun: Sendable {
    let view: TunnelView
    let connector: HubConnector
    let printer: Printer

    /// How long the first connection may take to come through.
    private static let budget = Duration.seconds(600)
    private static let farewell = Duration.seconds(5)

    private var watch: TunnelWatch { TunnelWatch(view, connector) }

    /// Tells what happens to the tunnel.
    /// - Throws: ``Failure`` when it was deleted (1), or not verified in time (75); `CancellationError`.
    func follow() async throws {
        var (isReady, hasBeenReady, start) = (false, false, ContinuousClock.now)
        var (last, told): (TunnelProgress?, String?) = (nil, nil)
        for try await sight in watch.sights(overdueIn: Self.budget) {
            switch sight {
            case .progress(let progress):
                if !progress.isVerified, isReady { (isReady, start) = (false, .now) }
                if progress.steps != last?.steps { try await tell(progress, hasBeen: last, told: told) }
                (last, told) = (progress, progress.words)
            case .tried(let url, let isReached):
                guard !isReady else { break }
                let words = "waiting for an answer from \(url) to this machine"
                if !isReached, words != told { printer.notice(words) }
                told = words
                guard isReached else { break }
                (isReady, hasBeenReady, told) = (true, true, nil)
                try await ready(url, start.duration(to: .now).milliseconds)
            case .away(let error):
                if told != error.message {
                    try await tell("tunnel_away", ["reason": .string(error.message)]) { error.message }
                }
                told = error.message
                // What is heard next may be that all is well again; that is told too.
                if isReady { (isReady, start) = (false, .now) }
            case .deleted:
                try await tell("tunnel_deleted_upstream") { "the tunnel was deleted at the hub" }
                throw Failure.failed("the tunnel \(view.label ?? view.id) was deleted at the hub")
            case .overdue:
                guard !hasBeenReady else { break }
                try await tell("tunnel_terminal_failure") { "no connection has come through within 10 min" }
                throw Failure(
                    .timeout, "no connection has come through within 10 min: \(last?.words ?? "the hub is away")")
            }
        }
        try Task.checkCancellation()
    }

    /// Tells a change of the steps: all of it to programs, what holds things up to people.
    private func tell(_ progress: TunnelProgress, hasBeen last: TunnelProgress?, told: String?) async throws {
        guard printer.format != .table else {
            if let words = progress.words, words != told { printer.notice(words) }
            return
        }
        try await tell("tunnel_progress", ["steps": try JSONCoding.value(of: progress.steps)]) { "" }
        if progress.isVerified {
            try await tell("tunnel_verified") { "" }
        } else if progress.isVerifying, last?.isVerifying != true {
            try await tell("tunnel_verifying") { "" }
        }
    }

    private func ready(_ url: String, _ elapsed: Int64) async throws {
        guard printer.format == .table else {
            return try await tell("tunnel_ready", ["url": .string(url), "elapsedMs": .integer(elapsed)]) { "" }
        }
        try await printer.text("\(url)\n")
        printer.notice("leads to \(view.endpoint) by \(view.node); Ctrl-C disables it")
    }

    /// Tells an event: a line of JSON on stdout, or words on stderr.
    func tell(_ event: String, _ members: JSONValue = [:], line: () -> String) async throws {
        guard printer.format == .table else {
            var value = members
            value["msg"] = .string(event)
            value["id"] = .string(view.id)
            value["label"] = view.label.map { .string($0) }
            return try await printer.element(value) { "" }
        }
        printer.notice(line())
    }

    /// Gives the tunnel up, for now. Whether it worked is told and no failure.
    func disable() async {
        do {
            _ = try await connector.ask(
                TunnelOperations.disable, TunnelRef(id: view.id), until: Deadline(in: Self.farewell))
            try await tell("tunnel_disabled") { "the tunnel is disabled; its address stays its own" }
        } catch {
            printer.notice("the tunnel could not be disabled: \(capstan.Failure(error).message)")
        }
    }
}

extension TunnelProgress {
    /// Whether only the try from end to end is left.
    fileprivate var isVerifying: Bool { !isVerified && steps.dropLast().allSatisfy { $0.state == .ready } }
}

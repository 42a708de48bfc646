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
    private static let retry = Duration.milliseconds(750)

    private var watch: TunnelWatch { TunnelWatch(view, connector) }

    /// Tells what happens to the tunnel.
    /// - Throws: ``Failure`` when it was deleted (1), or not verified in time (75); `CancellationError`.
    func follow() async throws {
        let start = ContinuousClock.now
        let (sights, feed) = AsyncThrowingStream.makeStream(of: TunnelWatch.Sight?.self)
        let watching = Task {
            do {
                try await watch.follow { feed.yield($0) }
                feed.finish()
            } catch { feed.finish(throwing: error) }
        }
        // Looks again while something is not well, and at the clock.
        let ticking = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: Self.retry)
                feed.yield(nil)
            }
        }
        defer {
            watching.cancel()
            ticking.cancel()
        }
        try await withTaskCancellationHandler {
            try await take(sights, since: start)
        } onCancel: {
            feed.finish(throwing: CancellationError())
        }
    }

    private func take(
        _ sights: AsyncThrowingStream<TunnelWatch.Sight?, any Error>, since start: ContinuousClock.Instant
    ) async throws {
        var (isReady, hasBeenReady, start) = (false, false, start)
        var (last, told): (TunnelProgress?, String?) = (nil, nil)
        for try await sight in sights {
            switch sight {
            case .progress(let progress)?:
                last = progress
                if !progress.isVerified, isReady { (isReady, start) = (false, .now) }
                if progress.words != told, let words = progress.words { try await tell(progress) { words } }
                told = progress.words
            case .away(let error)?:
                if told != error.message {
                    try await tell("tunnel_away", ["reason": .string(error.message)]) { error.message }
                }
                told = error.message
            case .deleted?:
                try await tell("tunnel_deleted_upstream") { "the tunnel was deleted at the hub" }
                throw Failure.failed("the tunnel \(view.label ?? view.id) was deleted at the hub")
            case nil: break
            }
            if let last, last.isVerified, !isReady, try await watch.isReached(last.url) {
                (isReady, told) = (true, nil)
                let elapsed = start.duration(to: .now).milliseconds
                hasBeenReady = true
                try await ready(last.url, elapsed)
            }
            guard hasBeenReady || start.duration(to: .now) < Self.budget else {
                throw Failure(
                    .timeout, "no connection has come through within 10 min: \(last?.words ?? "the hub is away")")
            }
        }
    }

    private func ready(_ url: String, _ elapsed: Int64) async throws {
        guard printer.format == .table else {
            return try await tell("tunnel_ready", ["url": .string(url), "elapsedMs": .integer(elapsed)]) { "" }
        }
        try await printer.text("\(url)\n")
        printer.notice("leads to \(view.endpoint) by \(view.node); Ctrl-C disables it")
    }

    private func tell(_ progress: TunnelProgress, line: () -> String) async throws {
        try await tell("tunnel_progress", ["steps": try JSONCoding.value(of: progress.steps)], line: line)
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
            try await tell("tunnel_disabled") { "the tunnel is disabled; its port stays its own" }
        } catch {
            printer.notice("the tunnel could not be disabled: \(capstan.Failure(error).message)")
        }
    }
}

import CallProtocol
import Formats
import Operations

/// One tunnel, followed until it is deleted or nobody wants it any more.
struct TunnelFollower: Sendable {
    let view: TunnelView
    let connector: HubConnector
    let teller: any TunnelTeller
    /// How long the first connection may take to come through.
    let budget: Duration

    private static let farewell = Duration.seconds(5)

    func tell(_ event: TunnelEvent) async throws { try await teller.tell(event, of: view) }

    /// Tells what happens to the tunnel.
    /// - Throws: ``Failure`` when it was deleted (1), or not verified in time (75); `CancellationError`.
    func follow() async throws {
        var (isReady, hasBeenReady, start) = (false, false, ContinuousClock.now)
        var (last, told): (TunnelProgress?, String?) = (nil, nil)
        for try await sight in TunnelWatch(view, connector).sights(overdueIn: budget) {
            switch sight {
            case .progress(let progress):
                if !progress.isVerified, isReady { (isReady, start) = (false, .now) }
                if progress.steps != last?.steps { try await tell(progress, hasBeen: last, told: told) }
                (last, told) = (progress, progress.words)
            case .tried(let url, let isReached):
                guard !isReady else { break }
                let words = "waiting for an answer from \(url) to this machine"
                if !isReached, words != told { try await tell(.waiting(words)) }
                told = words
                guard isReached else { break }
                (isReady, hasBeenReady, told) = (true, true, nil)
                try await tell(.ready(url: url, elapsedMs: start.duration(to: .now).milliseconds))
            case .away(let error):
                if told != error.message { try await tell(.away(reason: error.message)) }
                told = error.message
                // What is heard next may be that all is well again; that is told too.
                if isReady { (isReady, start) = (false, .now) }
            case .deleted:
                try await tell(.deletedUpstream)
                throw Failure.failed("the tunnel \(view.label ?? view.id) was deleted at the hub")
            case .overdue:
                guard !hasBeenReady else { break }
                let within = DurationText.string(budget)
                let reason = "no connection has come through within \(within): \(last?.words ?? "the hub is away")"
                try await tell(.terminalFailure(reason: reason))
                throw Failure(.timeout, reason)
            }
        }
        try Task.checkCancellation()
    }

    /// Tells a change of the steps.
    private func tell(_ progress: TunnelProgress, hasBeen last: TunnelProgress?, told: String?) async throws {
        if let words = progress.words, words != told { try await tell(.waiting(words)) }
        try await tell(.progress(progress))
        if progress.isVerified {
            try await tell(.verified)
        } else if progress.isVerifying, last?.isVerifying != true {
            try await tell(.verifying)
        }
    }

    /// Gives the tunnel up, for now. Whether it worked is told and no failure.
    func disable() async {
        do {
            _ = try await connector.ask(
                TunnelOperations.disable, TunnelRef(id: view.id), until: Deadline(in: Self.farewell))
            try? await tell(.disabled)
        } catch {
            try? await tell(.notDisabled(reason: Failure(error).message))
        }
    }
}

extension TunnelProgress {
    /// Whether only the try from end to end is left.
    fileprivate var isVerifying: Bool { !isVerified && steps.dropLast().allSatisfy { $0.state == .ready } }
}

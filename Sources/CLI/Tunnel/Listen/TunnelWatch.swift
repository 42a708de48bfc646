import CallProtocol
import Link
import NIOCore
import Operations
import Tunnels

/// Follows one tunnel at the hub, over as many links as it takes.
struct TunnelWatch: Sendable {
    let id: String
    let connector: HubConnector
    /// Whether the address is to answer from this machine too: not where only some may connect.
    let isTriedFromHere: Bool

    init(_ view: TunnelView, _ connector: HubConnector) {
        (id, self.connector) = (view.id, connector)
        isTriedFromHere = view.access.allowFrom == nil
    }

    private static let pause = Duration.milliseconds(100)
    private static let retry = Duration.milliseconds(750)

    /// What is seen.
    enum Sight: Sendable {
        case progress(TunnelProgress)
        /// What the hub has verified answers this machine too, or not yet.
        case tried(url: String, isReached: Bool)
        /// It was deleted at the hub.
        case deleted
        /// The hub is away, for this reason.
        case away(CallError)
        /// So much time is over as was given.
        case overdue
    }

    /// Everything that is seen, in order, until the tunnel is deleted or nobody listens any more.
    /// - Parameter limit: when ``Sight/overdue`` is told.
    func sights(overdueIn limit: Duration) -> AsyncThrowingStream<Sight, any Error> {
        let (sights, feed) = AsyncThrowingStream.makeStream(of: Sight.self)
        let watching = Task {
            var trial: Task<Void, any Error>?
            do {
                try await follow { sight in
                    feed.yield(sight)
                    // What was tried before says nothing of what is so now.
                    trial?.cancel()
                    guard case .progress(let progress) = sight, progress.isVerified else { return }
                    trial = Task { try await attempt(progress.url, feed) }
                }
                feed.finish()
            } catch { feed.finish(throwing: error) }
            trial?.cancel()
        }
        let ticking = Task {
            try await Task.sleep(for: limit)
            feed.yield(.overdue)
        }
        feed.onTermination = { _ in
            watching.cancel()
            ticking.cancel()
        }
        return sights
    }

    /// Tries the address from here until it answers.
    private func attempt(_ url: String, _ feed: AsyncThrowingStream<Sight, any Error>.Continuation) async throws {
        while true {
            let isReached = try await isReached(url)
            try Task.checkCancellation()
            feed.yield(.tried(url: url, isReached: isReached))
            if isReached { return }
            try await Task.sleep(for: Self.retry)
        }
    }

    /// Everything that is seen, until the tunnel is deleted or the task is cancelled. A hub that is away is waited for.
    /// - Throws: what no waiting mends.
    private func follow(_ body: (Sight) -> Void) async throws {
        var pause = RetryPause()
        while !Task.isCancelled {
            do {
                let connection = try await connector.connection()
                let progress = try connection.calls.subscribe(TunnelOperations.progress, TunnelRef(id: id))
                while let step = try await progress.next() {
                    pause = RetryPause()
                    body(.progress(step))
                }
                return body(.deleted)
            } catch let error as CallError {
                if error.code == .notFound { return body(.deleted) }
                guard connector.mayPass(error), !Task.isCancelled else { throw error }
                body(.away(error))
                try await Task.sleep(for: .seconds(pause.take()))
            }
        }
    }

    /// Waits until a connection comes through.
    /// - Parameter tell: told of each step that is waited for, with the reason.
    /// - Returns: false when the time is over before.
    func verified(until deadline: Deadline, tell: (String) -> Void) async throws -> Bool {
        var told: String?
        for try await sight in sights(overdueIn: deadline.left ?? .zero) {
            var words: String?
            switch sight {
            case .progress(let progress): words = progress.words
            case .tried(let url, let isReached):
                if isReached { return true }
                words = "waiting for an answer from \(url) to this machine"
            case .away(let error): words = error.message
            case .deleted: throw Failure.failed("the tunnel was deleted meanwhile")
            case .overdue: return false
            }
            if let words, words != told { tell(words) }
            told = words
        }
        return false
    }

    /// Whether a request is answered by the endpoint, or a connection to the address stands and is not reset at once; or what the hub
    /// has verified counts, because it is not said that this machine may connect.
    func isReached(_ url: String) async throws -> Bool {
        guard isTriedFromHere, let address = TunnelAddress(url) else { return true }
        guard !address.isHTTP else { return await address.answers() }
        let place = address.place
        guard let connection = try? await ConnectionDialler().connect(host: place.host, port: place.port, on: nil)
        else {
            return false
        }
        try await Task.sleep(for: Self.pause)
        defer { ConnectionRelay.close(connection) }
        return connection.isActive
    }
}

extension TunnelProgress {
    /// What is waited for and why, in words; nil where nothing is, or nothing is known of it yet.
    var words: String? {
        guard let step = steps.first(where: { $0.state != .ready }), step.state == .pending else { return nil }
        let what =
            switch step.name {
            case .registered: "to be registered"
            case .spokeConnected: "for the node"
            case .listenerBound: "for the port"
            case .endpointReachable: "for the endpoint"
            case .verified: "for a connection to come through"
            }
        return "waiting \(what)" + (step.reason.map { ": \($0)" } ?? "")
    }
}

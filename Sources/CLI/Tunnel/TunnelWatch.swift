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
        /// It was deleted at the hub.
        case deleted
        /// The hub is away, for this reason.
        case away(CallError)
    }

    /// Everything that is seen, until the tunnel is deleted or the task is cancelled. A hub that is away is waited for.
    /// - Throws: what no waiting mends.
    func follow(_ body: (Sight) async throws -> Void) async throws {
        var pause = RetryPause()
        while !Task.isCancelled {
            do {
                let connection = try await connector.connection()
                let progress = try connection.calls.subscribe(TunnelOperations.progress, TunnelRef(id: id))
                while let step = try await progress.next() {
                    pause = RetryPause()
                    try await body(.progress(step))
                }
                return try await body(.deleted)
            } catch let error as CallError {
                if error.code == .notFound { return try await body(.deleted) }
                guard error.code == .unavailable || error.code == .aborted, !Task.isCancelled else { throw error }
                try await body(.away(error))
                try await Task.sleep(for: .seconds(pause.take()))
            }
        }
    }

    /// Waits until a connection comes through.
    /// - Parameter tell: told of each step that is waited for, with the reason.
    /// - Returns: false when the time is over before.
    func verified(until deadline: Deadline, tell: @escaping @Sendable (String) -> Void) async throws -> Bool {
        do {
            return try await deadline.hold("") {
                var told: String?
                var isVerified = false
                do {
                    try await follow { sight in
                        guard case .progress(let progress) = sight else { return }
                        while progress.isVerified {
                            if try await isReached(progress.url) {
                                isVerified = true
                                throw CancellationError()
                            }
                            if told == nil { tell("waiting for an answer from \(progress.url) to this machine") }
                            told = progress.url
                            try await Task.sleep(for: Self.retry)
                        }
                        let words = progress.words
                        if words != told, let words { tell(words) }
                        told = words
                    }
                } catch is CancellationError where isVerified {}
                return isVerified
            }
        } catch let error as CallError where error.code == .timeout {
            return false
        }
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
    /// What is waited for, in words; nil when nothing is.
    var words: String? {
        guard let step = steps.first(where: { $0.state != .ready }) else { return nil }
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

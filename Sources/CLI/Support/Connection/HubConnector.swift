import CallProtocol
import Link
import NIOCore
import NIOPosix
import Operations
import Synchronization

/// The link of one command: dialled when it is first needed, and again when it was lost.
final class HubConnector: Sendable {
    /// Where links come from.
    private enum Source: Sendable {
        /// Dialled here.
        case context(HubContext, MultiThreadedEventLoopGroup)
        /// Somebody else's, who keeps it and closes it; waited for where there is none.
        case lent(String, @Sendable () async throws -> Link)
    }

    private let source: Source
    private let dialling = AsyncLock()
    private let live = Mutex<HubConnection?>(nil)
    private let early = Mutex<Task<HubConnection, any Error>?>(nil)
    private let onNewPins: @Sendable ([Fingerprint]) -> Void

    /// - Parameters:
    ///   - context: whose hub is meant.
    ///   - group: what the link runs on; a thread of its own where it is left out.
    ///   - onNewPins: told which hub keys to trust from now on, where the hub's key was rotated.
    init(
        _ context: HubContext, group: MultiThreadedEventLoopGroup? = nil,
        onNewPins: @escaping @Sendable ([Fingerprint]) -> Void = { _ in }
    ) {
        source = .context(context, group ?? MultiThreadedEventLoopGroup(numberOfThreads: 1))
        self.onNewPins = onNewPins
    }

    /// - Parameters:
    ///   - places: where the hub is, for messages.
    ///   - link: the link that stands, or the next one.
    init(to places: String, over link: @escaping @Sendable () async throws -> Link) {
        source = .lent(places, link)
        onNewPins = { _ in }
    }

    /// Whose hub is meant; nil for a link that is lent.
    var context: HubContext? { if case .context(let context, _) = source { context } else { nil } }

    /// Begins to dial; whoever asks for the link first gets what comes of it.
    func dialEarly() {
        early.withLock { $0 = Task { try await self.made() } }
    }

    /// The link, dialled anew where it is gone.
    /// - Parameter deadline: while it lasts, a hub that does not answer is dialled again; when it is over, so is a dial.
    func connection(until deadline: Deadline = Deadline(in: nil)) async throws -> HubConnection {
        var pause = RetryPause()
        while true {
            do {
                return try await deadline.hold("the hub (\(places)) did not answer in time") {
                    try await self.dialled()
                }
            } catch let error as CallError {
                guard error.code == .unavailable, try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    /// The live link, or a new one.
    private func dialled() async throws -> HubConnection {
        try await dialling.withLock {
            if let connection = live.withLock({ $0 }), connection.isAlive { return connection }
            let connection = try await dial()
            live.withLock { $0 = connection }
            if let context, let pins = connection.newPins(context) { onNewPins(pins) }
            return connection
        }
    }

    private func dial() async throws -> HubConnection {
        guard let early = early.withLock({ $0.take() }) else {
            return try await made()
        }
        return try await withTaskCancellationHandler {
            try await early.value
        } onCancel: {
            early.cancel()
        }
    }

    private func made() async throws -> HubConnection {
        switch source {
        case .context(let context, let group): try await HubConnection.dial(context, group: group)
        case .lent(_, let link): HubConnection(try await link())
        }
    }

    /// Whether an error is the hub's being away, or may be over with another link.
    func mayPass(_ error: CallError) -> Bool {
        switch error.code {
        case .unavailable, .aborted, .timeout: true
        // Who keeps a link that is lent finds out whether there is another.
        case .unauthenticated: context == nil
        default: false
        }
    }

    private var places: String {
        switch source {
        case .context(let context, _): context.hub.map(\.description).joined(separator: ", ")
        case .lent(let places, _): places
        }
    }

    /// Ends the link, where there is one of its own.
    func close() async {
        let connection = live.withLock { $0.take() }
        if context != nil { await connection?.close() }
    }
}

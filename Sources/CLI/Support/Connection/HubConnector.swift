import CallProtocol
import Link
import NIOCore
import NIOPosix
import Operations
import Synchronization

/// The link of one command: dialled when it is first needed, and again when it was lost.
final class HubConnector: Sendable {
    let context: HubContext
    private let group: MultiThreadedEventLoopGroup
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
        self.context = context
        self.onNewPins = onNewPins
        self.group = group ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// Begins to dial; whoever asks for the link first gets what comes of it.
    func dialEarly() {
        early.withLock { $0 = Task { try await HubConnection.dial(context, group: group) } }
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
            if let pins = connection.newPins(context) { onNewPins(pins) }
            return connection
        }
    }

    private func dial() async throws -> HubConnection {
        guard let early = early.withLock({ $0.take() }) else {
            return try await HubConnection.dial(context, group: group)
        }
        return try await withTaskCancellationHandler {
            try await early.value
        } onCancel: {
            early.cancel()
        }
    }

    private var places: String { context.hub.map(\.description).joined(separator: ", ") }

    /// Ends the link, where there is one.
    func close() async {
        await live.withLock { $0.take() }?.close()
    }
}

import CallProtocol
import Daemon
import Operations
import Synchronization

/// Keeps one tunnel open until a signal: the same in the foreground, in the background and as a service.
struct TunnelRuntime: Sendable {
    /// What serves it from this machine; nil where a node does.
    let peer: TunnelPeer?
    let connector: HubConnector
    let teller: any TunnelTeller
    /// Whether a new peer may take the place of one that the hub has removed.
    var mayBeAnother = false
    /// How long the first connection may take to come through; then it ends with 75.
    var budget = Self.usualBudget
    /// Finds the tunnel, or makes it.
    let take: @Sendable () async throws -> (view: TunnelView, isNew: Bool)

    static let usualBudget = Duration.seconds(600)

    /// Runs until `wish` returns, which disables the tunnel, or until it cannot go on.
    /// - Throws: ``Failure``: 1 when the tunnel was deleted, 75 when it was not verified in time, 77 without a right.
    func run(until wish: @escaping @Sendable () async -> Void) async throws {
        let following = Following()
        let follow = Task {
            let (view, isNew) = try await take()
            let follower = TunnelFollower(view: view, connector: connector, teller: teller, budget: budget)
            following.begin(follower)
            if isNew { try await follower.tell(.created) }
            try await follower.follow()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let peer {
                group.addTask {
                    try await peer.run(mayBeAnother: mayBeAnother) { reason in
                        try? await following.follower?.tell(.loginLost(reason: reason))
                    }
                }
            }
            group.addTask { try await follow.value }
            group.addTask { await wish() }
            let failure: (any Error)?
            do {
                try await group.next()
                failure = nil
            } catch { failure = error }
            // What comes from here on is our own doing.
            follow.cancel()
            _ = await follow.result
            // The link is still there: what serves it is cancelled only then.
            if failure.map(Self.mayDisable) ?? true { await following.follower?.disable() }
            await peer?.stop()
            group.cancelAll()
            if let failure { throw failure }
        }
    }

    /// Not one that is gone, nor without a right.
    private static func mayDisable(_ error: any Error) -> Bool {
        guard let failure = error as? Failure else { return true }
        return failure.exit != .failure && failure.code != .unauthenticated
    }

    /// The tunnel, once it is known.
    private final class Following: Sendable {
        private let state = Mutex<TunnelFollower?>(nil)

        var follower: TunnelFollower? { state.withLock { $0 } }

        func begin(_ follower: TunnelFollower) { state.withLock { $0 = follower } }
    }
}

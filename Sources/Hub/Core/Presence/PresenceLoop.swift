import Logging
import Operations
import Store

/// Turns passing time into states: grace, offline, the lost clock. One look a second, events on transitions only.
struct PresenceLoop: Sendable {
    let core: HubCore

    func run() async {
        while !Task.isCancelled {
            do {
                try await look()
            } catch {
                core.logger.error("presence", metadata: ["error": .string("\(error)")])
            }
            do { try await core.clock.sleep(.seconds(1)) } catch { return }
        }
    }

    func look() async throws {
        let nodes = core.directory.nodes
        for change in core.presence.transitions(nodes) { try await apply(change) }
        for node in nodes {
            let limit = core.configuration.graceMs + core.configuration.lostAfterMs
            guard let absence = core.presence.absence(of: node.id), absence >= limit else { continue }
            try await giveUp(node)
        }
    }

    private func apply(_ change: Presence.Transition) async throws {
        guard let node = core.directory[change.node] else { return }
        let now = core.clock.now()
        let lastSeen = core.presence.live(node.id)?.lastSeen
        // The first look after the hub's start is no news, unless somebody is there.
        let isNews = change.from != nil || change.to == .connected
        _ = try await core.store.write { transaction in
            switch change.to {
            case .offline: try transaction.markUnknown(on: node.id, since: now)
            case .connected: try transaction.clearUnknown(on: node.id)
            default: break
            }
            if let lastSeen { try transaction.touchPeers([(node.id, lastSeen)]) }
            if isNews {
                _ = try transaction.append(
                    EventDraft(
                        at: now, kind: "node.\(change.to.rawValue)", severity: change.to == .offline ? .warning : .info,
                        node: node.id, subject: node.id, message: "\(node.name) is \(change.to.rawValue)"))
            }
        }
        core.events.wrote()
        core.schedulerSignal.fire()
    }

    /// The lost clock has run out for everything that was on the node.
    private func giveUp(_ node: Peer) async throws {
        let attempts = try await core.store.read { try $0.activeAttempts(on: node.id) }
        guard !attempts.isEmpty else { return }
        let (now, engine) = (core.clock.now(), AttemptEngine(core: core))
        let changed = try await core.store.write { transaction in
            try attempts.map { attempt in
                try engine.lose(attempt.id, reason: "\(node.name) was away too long", at: now, in: transaction)
            }
        }
        core.announce(changed)
    }
}

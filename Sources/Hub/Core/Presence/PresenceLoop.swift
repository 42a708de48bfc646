import Logging
import Operations
import Store

/// Turns passing time into states: grace, offline, the lost clock. One look a second, events on transitions only.
struct PresenceLoop: Sendable {
    /// How often the last-seen times of connected nodes are written, milliseconds: after a crash of the hub they are
    /// wrong by no more than that.
    static let touchMs: Int64 = 60_000
    /// Nodes written in one transaction.
    static let batch = 500

    let core: HubCore

    func run() async {
        var touched = core.clock.monotonic()
        while !Task.isCancelled {
            do {
                try await look()
                if core.clock.monotonic() - touched >= Self.touchMs {
                    touched = core.clock.monotonic()
                    try await touch()
                }
            } catch {
                core.logger.error("presence", metadata: ["error": .string("\(error)")])
            }
            do { try await core.clock.nextSecond() } catch { return }
        }
    }

    func look() async throws {
        let nodes = core.directory.nodes
        let changes = core.presence.transitions(nodes)
        for start in stride(from: 0, to: changes.count, by: Self.batch) {
            await tell(changes[start..<min(start + Self.batch, changes.count)])
        }
        if !changes.isEmpty { core.schedulerSignal.fire() }
        let limit = core.configuration.graceMs + core.configuration.lostAfterMs
        let overdue = core.presence.absent(limit, of: nodes)
        guard !overdue.isEmpty else { return }
        // Most of a large fleet may have been away for days, with nothing left there to give up.
        let attempts = try await core.store.read { transaction in
            let active = try transaction.nodesWithActiveAttempts()
            return try overdue.filter { active.contains($0.id) }
                .map { (node: $0, attempts: try transaction.activeAttempts(on: $0.id)) }
        }
        for (node, attempts) in attempts { try await giveUp(node, attempts) }
    }

    /// Writes down that the connected nodes have been seen.
    private func touch() async throws {
        let (connected, now) = (core.presence.connected, core.clock.now())
        for start in stride(from: 0, to: connected.count, by: Self.batch) {
            let part = connected[start..<min(start + Self.batch, connected.count)].map { (id: $0, at: now) }
            try await core.store.write { try $0.touchPeers(part) }
        }
    }

    /// Writes changes down together. Where that fails, in halves, until it is known which of them cannot be written: that
    /// one is told at the next look, and the others are not held up by it.
    private func tell(_ changes: ArraySlice<Presence.Transition>) async {
        let now = core.clock.now()
        let known = changes.compactMap { change in
            core.directory[change.node].map { (change: change, node: $0, seen: core.presence.live($0.id)?.lastSeen) }
        }
        do {
            try await core.store.writeResult { transaction in
                for (change, node, seen) in known { try apply(change, to: node, seen: seen, at: now, in: transaction) }
            }
            core.events.wrote()
        } catch {
            guard changes.count == 1 else {
                let middle = changes.startIndex + changes.count / 2
                await tell(changes[..<middle])
                return await tell(changes[middle...])
            }
            for change in changes { core.presence.untell(change) }
            core.logger.error("presence", metadata: ["error": .string("\(error)")])
        }
    }

    private func apply(
        _ change: Presence.Transition, to node: Peer, seen: Int64?, at now: Int64, in transaction: StoreTransaction
    ) throws {
        switch change.to {
        case .offline: try transaction.markUnknown(on: node.id, since: now)
        case .connected: try transaction.clearUnknown(on: node.id)
        default: break
        }
        if let seen { try transaction.touchPeers([(node.id, seen)]) }
        // The first look after the hub's start is no news, unless somebody is there.
        guard change.from != nil || change.to == .connected else { return }
        _ = try transaction.append(
            EventDraft(
                at: now, kind: "node.\(change.to.rawValue)", severity: change.to == .offline ? .warning : .info,
                node: node.id, subject: node.id, message: "\(node.name) is \(change.to.rawValue)"))
    }

    /// The lost clock has run out for everything that was on the node.
    private func giveUp(_ node: Peer, _ attempts: [AttemptRecord]) async throws {
        guard core.presence.absence(of: node.id) != nil else { return }
        let (now, engine) = (core.clock.now(), AttemptEngine(core: core))
        let changed = try await core.store.writeResult { transaction in
            try attempts.map { attempt in
                try engine.lose(attempt.id, reason: "\(node.name) was away too long", at: now, in: transaction)
            }
        }
        core.announce(changed)
        // A node that came back at this very moment has compared its list before the attempts were given up.
        for attempt in attempts { core.sessions[node.id]?.cancel(attempt.id) }
    }
}

import CallProtocol
import Formats
import Logging
import NIOCore
import Operations
import Store

/// Places queued workloads whenever something changed, and while any is queued every few seconds, because time itself changes things.
struct Scheduler: Sendable {
    /// Rows written in one transaction, so that a long queue keeps no other write waiting.
    static let batch = 2_000
    static let interval = Duration.seconds(2)
    /// The longest pause while nothing changes. Only a queue that takes long to look through is left alone for so long.
    static let longestInterval = Duration.seconds(60)
    /// The pause while nothing is queued: whoever queues something says so.
    static let idleInterval = Duration.seconds(30)
    /// What a workload waits for before it was looked at for the first time.
    static let firstReason = "is new in the queue, to be looked at in a moment"

    let core: HubCore
    private let wishes = QueuedWishes()

    init(core: HubCore) {
        self.core = core
    }

    func run() async {
        while !Task.isCancelled {
            let (mark, begun) = (core.schedulerSignal.mark, core.clock.monotonic())
            var look = Look.queue(due: nil)
            do {
                look = try await place(mark)
            } catch {
                core.logger.error("placement", metadata: ["error": .string("\(error)")])
            }
            let took = core.clock.monotonic() - begun
            do {
                // A long queue must not keep a core busy because every ended attempt is a change.
                if took > 10 { try await core.clock.sleep(.milliseconds(min(1_000, took))) }
                let pause =
                    switch look {
                    case .nothingQueued: Self.idleInterval
                    case .queue(let due): Self.pause(took: took, due: due.map { $0 - took })
                    }
                try await core.schedulerSignal.wait(after: mark, atMost: pause, on: core.clock)
            } catch {
                return
            }
        }
    }

    /// What was found.
    private enum Look {
        case nothingQueued
        /// - due: how long after the beginning of the look the next retry is due or a node has rested, in milliseconds.
        case queue(due: Int64?)
    }

    /// How long nothing is looked at while nothing changes: until the next retry is due or a node has rested, else long
    /// against what a look costs. Both in milliseconds.
    static func pause(took: Int64, due: Int64?) -> Duration {
        let quiet = min(longestInterval, max(interval, .milliseconds(30 * max(0, min(took, 1_000_000)))))
        return due.map { min(quiet, .milliseconds(max(10, $0))) } ?? quiet
    }

    /// One round: snapshot, plan, transactions, delivery.
    private func place(_ mark: UInt64) async throws -> Look {
        let reading = try await QueueReading(core.store, wishes)
        guard !reading.rows.isEmpty else {
            core.rentals.want([])
            return .nothingQueued
        }
        let (now, monotonic) = (core.clock.now(), core.clock.monotonic())
        let snapshot = reading.snapshot(of: nodes(reading), at: now, policy: core.configuration.placement) {
            (try? core.directory.node($0).id) ?? $0
        }
        let plan = Placement.plan(snapshot)
        try await assign(plan.assignments, reading, at: now)
        let waiting = try await GoneNodes(core: core).end(plan.waiting, reading, at: now)
        core.rentals.want(reading.rents(waiting))
        try await tell(reading.reasons(waiting, core.rentals.answers), mark)
        let retry = reading.rows.lazy.compactMap { Self.due($0.notBefore, at: now) }.min().map { $0 - now }
        // Nothing else tells that a node may be asked again.
        let rest = core.sessions.ready.compactMap { $0.rest.end(at: monotonic) }.min().map { $0 - monotonic }
        return .queue(due: [retry, rest].compactMap { $0 }.min())
    }

    /// Until when a workload waits for its next try, milliseconds since 1970; nil when it may be placed.
    ///
    /// A time further away than the longest pause is none: the clock was set back since it was written down.
    static func due(_ notBefore: Int64, at now: Int64) -> Int64? {
        notBefore > now && notBefore - now <= AttemptEngine.maximumBackoff ? notBefore : nil
    }

    /// Makes the attempts of a plan and hands them over. Those on nodes of which something has changed since the snapshot
    /// are left to the next round, which is asked for.
    func assign(_ choices: [Placement.Assignment], _ reading: QueueReading, at now: Int64) async throws {
        let assignments = reading.assignments(choices) { core.ids.next(at: now) }
        let seen = Dictionary(
            choices.map { ($0.nodeID, $0.nodeGeneration) }, uniquingKeysWith: { first, _ in first })
        for part in assignments.batches(of: Self.batch) {
            let (made, specs, isOutdated) = try await core.store.write { [core] transaction in
                // Looked at inside the transaction: a change that was answered before it counts.
                let standing = part.filter { core.directory[$0.nodeId]?.generation == seen[$0.nodeId] }
                let made = try transaction.assign(standing, at: now)
                return (made, try transaction.specs(of: made.map(\.workloadId)), standing.count < part.count)
            }
            if isOutdated { core.schedulerSignal.fire() }
            core.deliver(made, specs)
        }
    }

    /// Writes down why the others wait. When something changes meanwhile the rest is left to the next round, which knows
    /// better.
    private func tell(_ reasons: [QueueReason], _ mark: UInt64) async throws {
        for part in reasons.batches(of: Self.batch) {
            try await core.store.write { try $0.setQueueReasons(part) }
            for row in part { core.workloadTopics.fire(row.workloadId) }
            guard core.schedulerSignal.mark == mark else { return }
        }
    }

    /// The fleet as placement sees it.
    private func nodes(_ reading: QueueReading) -> [Placement.Node] {
        let peers = core.directory.nodes
        let monotonic = core.clock.monotonic()
        var probes: [String: Int]?
        return zip(peers, core.presence.states(of: peers)).map { peer, state in
            let session = core.sessions[peer.id]
            let rest = session?.rest.state(at: monotonic) ?? .open
            let refusal: String? = if case .resting(let words) = rest { words } else { nil }
            var most = 10_000
            if rest == .probing {
                let counts = probes ?? reading.probes
                probes = counts
                most = counts[peer.id] ?? 1
            }
            // A node is connected for placement once it has said what it runs.
            let isReady = state != .connected || session?.isReady == true
            return Placement.Node(
                id: peer.id, name: peer.name,
                state: isReady ? Placement.NodeState(rawValue: state.rawValue) ?? .offline : .disconnected,
                drain: Placement.Drain(rawValue: peer.drain.rawValue) ?? .none, refusal: refusal, labels: peer.labels,
                capacity: Placement.Resources(peer.facts),
                maxAttempts: most, isRented: peer.labels[Bootstrap.rentedLabel] != nil,
                hourlyPrice: core.rentals.price(of: peer.id), hasEngine: core.presence.hasEngine(peer.id),
                gpuModel: peer.facts?.gpus?.first?.model, generation: peer.generation)
        }
    }
}

extension HubCore {
    /// Hands attempts over that were made a moment ago.
    /// - Parameter specs: by workload.
    func deliver(_ made: [AttemptRecord], _ specs: [String: String]) {
        for attempt in made {
            let spec = specs[attempt.workloadId].flatMap {
                try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: $0))
            }
            if let spec { sessions[attempt.nodeId]?.deliver(attempt, spec) }
            workloadTopics.fire(attempt.workloadId)
        }
    }
}

extension Array {
    /// The elements in order, cut into parts of `size` at most.
    fileprivate func batches(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

extension Placement {
    /// How nodes that fit are ordered.
    package enum Policy: String, Sendable, Hashable, CaseIterable {
        /// The fullest node that still fits, so that large gaps stay for large workloads and idle rents can end.
        case binPack
        /// The emptiest node, so that one machine's loss hurts least.
        case spread
    }

    /// Everything a plan depends on. The order of the arrays does not matter.
    package struct Snapshot: Sendable {
        /// Milliseconds since 1970.
        package var nowMs: Int64
        package var nodes: [Node]
        package var running: [Running]
        package var queued: [Demand]
        package var policy: Policy
        /// Decides between nodes that are equally good. Keep it the same from plan to plan.
        package var seed: UInt64
        /// Points of priority a demand gains for each minute it waits; 0 turns ageing off, and with it the promise
        /// that nothing waits for ever. At the default a demand of priority 50 passes every fresh one after 100 minutes.
        package var ageing: Double
        /// Whether attempts of lower priority may be ended to make room. The hub does not ask for it yet: nothing carries
        /// a plan's preemptions out.
        package var preemption: Bool
        /// The most workloads one plan may make room for by ending others.
        package var maxPreemptions: Int

        package init(
            nowMs: Int64, nodes: [Node], running: [Running] = [], queued: [Demand], policy: Policy = .binPack,
            seed: UInt64 = 0, ageing: Double = 0.5, preemption: Bool = false, maxPreemptions: Int = 32
        ) {
            self.nowMs = nowMs
            self.nodes = nodes
            self.running = running
            self.queued = queued
            self.policy = policy
            self.seed = seed
            self.ageing = ageing
            self.preemption = preemption
            self.maxPreemptions = maxPreemptions
        }
    }
}

extension Placement {
    /// Whether a node is there, as the presence map says.
    package enum NodeState: String, Sendable, Hashable, CaseIterable {
        case connected, degraded, disconnected, offline, pending
    }

    /// Whether an operator has taken a node out of placement.
    package enum Drain: String, Sendable, Hashable, CaseIterable {
        case none, draining, drained
    }

    /// A machine as placement sees it.
    package struct Node: Sendable, Hashable {
        /// Stable id; of two nodes with one id the one with the higher generation counts.
        package let id: String
        /// What people call it; only used in sentences.
        package let name: String
        /// Only `connected` and `degraded` nodes get work, and `degraded` ones only when no other fits.
        package let state: NodeState
        /// Only `none` gets work.
        package let drain: Drain
        /// Why it takes no work for now, in its own words; nil when it does.
        package let refusal: String?
        package let labels: [String: String]
        /// All it has, what runs there included.
        package let capacity: Resources
        /// Rented machines come after own ones.
        package let isRented: Bool
        /// In any one currency; a rented node without a price counts as dearest, an own one as free.
        package let hourlyPrice: Double?
        /// Whether a container engine works there now.
        package let hasEngine: Bool
        /// As the driver names it, for example `NVIDIA A100-SXM4-80GB`.
        package let gpuModel: String?
        /// Changes with whatever is known of the node; comes back in the assignment, so that nothing is committed that was
        /// decided by old facts.
        package let generation: UInt64

        /// `maxAttempts` becomes `capacity.attempts`: how many attempts may be there at once, however little they ask.
        package init(
            id: String, name: String? = nil, state: NodeState = .connected, drain: Drain = .none,
            refusal: String? = nil, labels: [String: String] = [:], capacity: Resources, maxAttempts: Int = 10_000,
            isRented: Bool = false,
            hourlyPrice: Double? = nil, hasEngine: Bool = false, gpuModel: String? = nil, generation: UInt64 = 0
        ) {
            self.id = id
            self.name = name ?? id
            self.state = state
            self.drain = drain
            self.refusal = refusal
            self.labels = labels
            self.capacity = Resources(
                milliCPU: capacity.milliCPU, memoryBytes: capacity.memoryBytes, gpus: capacity.gpus,
                attempts: maxAttempts)
            self.isRented = isRented
            self.hourlyPrice = hourlyPrice
            self.hasEngine = hasEngine
            self.gpuModel = gpuModel
            self.generation = generation
        }

        /// Why it gets no work, nil when it may.
        var unavailability: Unavailability? {
            switch (state, drain) {
            case (.pending, _): .pending
            case (.offline, _): .offline
            case (.disconnected, _): .disconnected
            case (_, .drained): .drained
            case (_, .draining): .draining
            case (.connected, .none), (.degraded, .none): refusal.map { .refusing($0) }
            }
        }
    }

    /// Why a node that exists gets no work.
    package enum Unavailability: Sendable, Hashable {
        case pending, disconnected, offline, draining, drained
        /// It has refused work a moment ago, with these words.
        case refusing(String)
    }
}

import Operations

extension Placement {
    /// Nodes that no queued workload can tell apart but by their room: same availability, tier, engine, GPU model and
    /// the same answer to every label requirement in the queue.
    struct Pool {
        /// What decides that nodes belong together. Labels that no queued workload asks about do not count.
        struct Key: Hashable {
            var unavailability: Unavailability?
            var isDegraded: Bool
            var isRented: Bool
            var hasGPU: Bool
            var hasEngine: Bool
            var gpuModel: String?
            /// Labels asked about, as key and value; a value nobody asks about is left out.
            var labels: [String: String?]
        }

        let key: Key
        /// Stands for all of them when requirements are checked.
        let example: Node
        /// Node indices, ascending.
        var members: [Int] = []
        /// Only filled for nodes that may get work.
        var index = FreeIndex([])

        /// Nodes of a better tier are preferred, whatever else speaks for a single node.
        var tier: Tier { Tier(isDegraded: key.isDegraded, isRented: key.isRented, hasGPU: key.hasGPU) }
    }

    /// What is decided before anything about a single node.
    struct Tier: Hashable {
        var isDegraded: Bool
        var isRented: Bool
        var hasGPU: Bool

        /// Smaller is better: healthy before degraded, own before rented, and nodes without a GPU for work without one.
        func order(wantsGPU: Bool) -> Int {
            (isDegraded ? 4 : 0) + (isRented ? 2 : 0) + (hasGPU && !wantsGPU ? 1 : 0)
        }

        /// A number from 0 to 7.
        var number: Int { order(wantsGPU: false) }

        /// All eight, by number.
        static let all = (0..<8).map { number in
            Tier(isDegraded: number & 4 != 0, isRented: number & 2 != 0, hasGPU: number & 1 != 0)
        }
    }
}

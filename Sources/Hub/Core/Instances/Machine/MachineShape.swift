import Operations

/// What a machine has, as its spoke counts it.
package struct MachineShape: Codable, Sendable, Hashable {
    package var cpus: Int
    /// Bytes; 0 where it is not known.
    package var memory: Int64
    /// Nil where it is not known.
    package var gpus: Int?

    package init(cpus: Int, memory: Int64, gpus: Int? = nil) {
        (self.cpus, self.memory, self.gpus) = (cpus, memory, gpus)
    }

    init(_ facts: HostFacts) { self.init(cpus: facts.cpus, memory: facts.memory, gpus: facts.gpus?.count) }
}

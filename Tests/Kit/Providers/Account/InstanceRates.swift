/// What an instance costs, and when.
package struct InstanceRates: Sendable, Hashable {
    /// Dollars per hour for the processors.
    package var compute: Double
    /// Dollars per hour for the disk, from creation until it is terminated.
    package var storage: Double
    /// Phases in which the processors are charged.
    package var computePhases: Set<FakeInstance.Phase>

    package init(compute: Double, storage: Double, computePhases: Set<FakeInstance.Phase>) {
        (self.compute, self.storage, self.computePhases) = (compute, storage, computePhases)
    }

    /// What is charged in a phase; nil for nothing.
    func charge(_ phase: FakeInstance.Phase, from moment: Duration) -> InstanceCharge? {
        guard phase != .terminated else { return nil }
        let compute = computePhases.contains(phase) ? compute : 0
        return InstanceCharge(from: moment, until: nil, compute: compute, storage: storage)
    }
}

/// A time with the same rates all through.
package struct InstanceCharge: Sendable, Hashable {
    package let from: Duration
    /// Nil while it goes on.
    package var until: Duration?
    /// Dollars per hour.
    package let compute: Double
    package let storage: Double

    /// Dollars for the part of it that lies between two moments.
    package func amount(from start: Duration, until end: Duration) -> (compute: Double, storage: Double, total: Double)
    {
        let hours = (min(end, until ?? end) - max(start, from)).inSeconds / 3_600
        guard hours > 0 else { return (0, 0, 0) }
        return (compute * hours, storage * hours, (compute + storage) * hours)
    }
}

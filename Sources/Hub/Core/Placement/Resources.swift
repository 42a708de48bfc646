extension Placement {
    /// The kinds of resource that placement counts.
    package enum ResourceKind: String, Sendable, Hashable, CaseIterable {
        case cpu, memory, gpus, attempts
    }

    /// An amount of every kind of resource. Arithmetic saturates: no input can make it trap.
    package struct Resources: Sendable, Hashable {
        /// Thousandths of a CPU.
        package let milliCPU: Int
        /// Bytes of memory.
        package let memoryBytes: Int64
        /// Whole GPUs.
        package let gpus: Int
        /// Attempts at a time: 1 for a workload; for a node, how many it may hold, however little they ask.
        package let attempts: Int

        /// Negative amounts count as zero.
        package init(milliCPU: Int = 0, memoryBytes: Int64 = 0, gpus: Int = 0, attempts: Int = 1) {
            self.milliCPU = max(0, milliCPU)
            self.memoryBytes = max(0, memoryBytes)
            self.gpus = max(0, gpus)
            self.attempts = max(0, attempts)
        }

        /// Nothing of anything.
        package static let zero = Resources(attempts: 0)

        /// The amount of one kind, in its own unit.
        package subscript(kind: ResourceKind) -> Int64 {
            switch kind {
            case .cpu: Int64(milliCPU)
            case .memory: memoryBytes
            case .gpus: Int64(gpus)
            case .attempts: Int64(attempts)
            }
        }

        /// Whether this much is there in `free`, kind by kind. Nothing asked always fits.
        @inline(__always)
        package func fits(in free: Resources) -> Bool {
            milliCPU <= free.milliCPU && memoryBytes <= free.memoryBytes && gpus <= free.gpus
                && attempts <= free.attempts
        }

        /// The sum, no more than the largest number there is.
        package func adding(_ other: Resources) -> Resources {
            Resources(
                milliCPU: Self.sum(milliCPU, other.milliCPU), memoryBytes: Self.sum(memoryBytes, other.memoryBytes),
                gpus: Self.sum(gpus, other.gpus), attempts: Self.sum(attempts, other.attempts))
        }

        /// The difference, no less than zero.
        package func subtracting(_ other: Resources) -> Resources {
            // Both sides are at least zero, so that the difference cannot overflow and `init` clamps it.
            Resources(
                milliCPU: milliCPU - other.milliCPU, memoryBytes: memoryBytes - other.memoryBytes,
                gpus: gpus - other.gpus, attempts: attempts - other.attempts)
        }

        /// The larger amount of each kind.
        @inline(__always)
        func union(_ other: Resources) -> Resources {
            Resources(
                milliCPU: max(milliCPU, other.milliCPU), memoryBytes: max(memoryBytes, other.memoryBytes),
                gpus: max(gpus, other.gpus), attempts: max(attempts, other.attempts))
        }

        /// A workload or attempt occupies at least one slot, whatever its caller wrote.
        var asAttempt: Resources {
            Resources(milliCPU: milliCPU, memoryBytes: memoryBytes, gpus: gpus, attempts: max(1, attempts))
        }

        private static func sum<Number: FixedWidthInteger>(_ left: Number, _ right: Number) -> Number {
            let (value, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : value
        }
    }
}

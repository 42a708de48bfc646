import Glibc

/// Keeps a number of calls in flight for a while: as many tasks, each calling again as soon as it was answered.
package enum LoadLoop {
    /// - Parameters:
    ///   - inFlight: how many calls run at once, at least 1.
    ///   - seconds: how long new calls are begun.
    ///   - call: one call, from asking to the decoded answer.
    /// - Throws: whatever the first call that fails throws; the others are given up.
    package static func run(
        inFlight: Int, seconds: Double, call: @escaping @Sendable () async throws -> Void
    ) async throws -> LoadReport {
        let start = now()
        let end = start + UInt64(seconds * 1e9)
        let latencies = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<inFlight {
                group.addTask { try await caller(until: end, call: call) }
            }
            var all: [UInt64] = []
            for try await some in group { all += some }
            return all
        }
        return LoadReport(latencies: latencies, elapsed: now() - start)
    }

    private static func caller(
        until end: UInt64, call: @Sendable () async throws -> Void
    ) async throws -> [UInt64] {
        var latencies: [UInt64] = []
        latencies.reserveCapacity(65_536)
        var before = now()
        while before < end {
            try await call()
            let after = now()
            latencies.append(after - before)
            before = after
        }
        return latencies
    }

    /// Nanoseconds of the monotonic clock.
    package static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Seconds that all threads of this process have run.
    package static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

import CallProtocol
import Operations

/// Many workloads that do nothing, from the first submit to the end of the last.
struct WorkloadLoad {
    let calls: CallClient

    /// Each is watched, so that nothing is asked in a loop.
    ///
    /// - Throws: ``Failed`` for a workload that did not succeed; the error of a call that failed.
    func run(count: Int, inFlight: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= inFlight { try await group.next() }
                group.addTask { try await one() }
            }
            try await group.waitForAll()
        }
    }

    private func one() async throws {
        let view = try await calls.call(WorkloadOperations.submit, WorkloadSpec(cmd: ["true"]))
        let changes = try calls.subscribe(WorkloadOperations.watch, WorkloadRef(workload: view.id))
        var last = view
        while let next = try await changes.next() { last = next }
        guard last.state == "succeeded" else { throw Failed(state: last.state) }
    }

    struct Failed: Error {
        var state: String
    }
}

import CallProtocol
import Core
import Operations
import Store
import TestKit
import Testing

extension HubFixture {
    /// Submits a workload; returns its id.
    func submit(_ calls: CallClient, _ change: (inout WorkloadSpec) -> Void = { _ in }) async throws -> String {
        var spec = WorkloadSpec(cmd: ["true"])
        change(&spec)
        return try await calls.call(WorkloadOperations.submit, spec).id
    }

    func workload(_ id: String) async throws -> WorkloadRecord? { try await store.read { try $0.workload(id) } }

    func attempts(_ workload: String) async throws -> [AttemptRecord] {
        try await store.read { try $0.attempts(of: workload) }
    }

    /// Waits until the workload is in a state.
    func becomes(
        _ id: String, _ state: WorkloadState, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(sourceLocation: sourceLocation) { try await self.workload(id)?.state == state }
    }

    /// Waits until the workload's attempt of that number is in a state; returns its id.
    func attempt(_ number: Int, of workload: String, becomes state: AttemptState) async throws -> String {
        _ = try await becomesTrue {
            try await self.attempts(workload).first { $0.number == number }?.state == state
        }
        let all = try await attempts(workload)
        guard let attempt = all.first(where: { $0.number == number && $0.state == state }) else {
            throw CallError(.timeout, "attempt \(number) is not \(state): \(all.map { ($0.number, $0.state) })")
        }
        return attempt.id
    }

    /// Waits until the node is ready for work.
    func connects(_ node: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually(sourceLocation: sourceLocation) { self.core.presence.link(node) != nil }
    }

    func events(_ kind: String) async throws -> [EventRecord] {
        try await store.read { try $0.events(after: 0, filter: EventFilter(kinds: [kind])).events }
    }
}

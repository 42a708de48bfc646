import Operations

/// Workloads to begin tests with.
enum WorkloadSpecSample {
    static var empty: WorkloadSpec { WorkloadSpec(cmd: []) }

    static func view(
        state: String, exitCode: Int? = nil, reason: String? = nil, attempts: [AttemptView] = []
    ) -> WorkloadView {
        var view = WorkloadView(
            id: "01JD0000000000000000000000", name: "train", state: state, owner: "op", priority: 50,
            cancelRequested: false, submittedAt: "2026-11-21T00:00:00.000Z", spec: WorkloadSpec(cmd: ["true"]),
            attempts: attempts)
        view.exitCode = exitCode
        view.reason = reason
        return view
    }

    static func attempt(_ number: Int, state: String, node: String = "gpu-1", unknown: Bool = false) -> AttemptView {
        AttemptView(
            id: "a\(number)", number: number, state: state, node: node, unknown: unknown, logBytes: 0,
            logTruncated: false, hasReceipt: false)
    }
}

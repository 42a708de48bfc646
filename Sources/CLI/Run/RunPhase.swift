/// What Ctrl-C and SIGTERM mean to `run`, by how far the workload is. A pure value.
struct RunPhase: Sendable {
    /// What is to be done about a wish.
    enum Action: Hashable, Sendable {
        case nothing
        /// End the process: the hub was asked for nothing yet.
        case leaveUnsubmitted
        /// Wait for the answer to the submit; what is wished for follows then.
        case awaitAnswer
        /// End the process, though nobody knows whether the hub has the workload.
        case leaveUnanswered
        case cancel
        /// End the process and leave the workload to itself.
        case detach
        /// End the process: the workload has ended, only output is missing.
        case leaveEnded
    }

    private enum Step {
        case dialling, submitting, accepted, ended
    }

    private var step = Step.dialling
    private var pending: Interrupts.Wish?
    /// Whether the workload's end was wished for here.
    private(set) var isCancelled = false

    /// A signal came.
    mutating func wish(_ wish: Interrupts.Wish) -> Action {
        switch step {
        case .dialling: return .leaveUnsubmitted
        case .submitting:
            guard pending == nil else { return .leaveUnanswered }
            pending = wish
            return .awaitAnswer
        case .accepted:
            guard wish == .interrupt, !isCancelled else { return .detach }
            isCancelled = true
            return .cancel
        case .ended: return .leaveEnded
        }
    }

    /// From here on the hub may have the workload.
    mutating func submitting() { step = .submitting }

    /// The hub has it. - Returns: what a wish that came meanwhile asks for.
    mutating func accepted() -> Action {
        step = .accepted
        return pending.take().map { wish($0) } ?? .nothing
    }

    mutating func ended() { step = .ended }
}

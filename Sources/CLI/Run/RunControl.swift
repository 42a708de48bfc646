import CallProtocol
import Daemon
import Glibc
import Operations
import Synchronization

/// Ctrl-C and SIGTERM while a workload is submitted and followed: minded from before the hub can know of it, so that none
/// is left running that nobody was told of.
final class RunControl: Sendable {
    private let interrupts: Interrupts
    private let connector: HubConnector
    private let voice: RunVoice
    private let phase = Mutex(RunPhase())
    private let id = Mutex<String?>(nil)

    init(_ interrupts: Interrupts, _ connector: HubConnector, voice: RunVoice) {
        self.interrupts = interrupts
        self.connector = connector
        self.voice = voice
    }

    /// Whether the workload's end was wished for here.
    var isCancelled: Bool { phase.withLock { $0.isCancelled } }

    /// Obeys every signal that comes, until cancelled; some end the process.
    func obey() async {
        await withTaskGroup { group in
            for await wish in interrupts.wishes {
                let action = phase.withLock { $0.wish(wish) }
                if action == .cancel {
                    group.addTask { await self.cancel() }
                } else {
                    act(on: action, for: wish)
                }
            }
        }
    }

    /// The submit is about to be sent.
    func submitting() { phase.withLock { $0.submitting() } }

    /// The hub has the workload; a wish that came meanwhile is fulfilled first.
    func accepted(_ view: WorkloadView) async {
        id.withLock { $0 = view.id }
        let action = phase.withLock { $0.accepted() }
        if action == .cancel { return await cancel() }
        act(on: action, for: .terminate)
    }

    /// The workload has ended.
    func ended() { phase.withLock { $0.ended() } }

    private func act(on action: RunPhase.Action, for wish: Interrupts.Wish) {
        let id = id.withLock { $0 } ?? "ID"
        let last: String
        switch action {
        case .nothing, .cancel: return
        case .awaitAnswer: return voice.notice("interrupted; waiting for the hub's answer, not with another Ctrl-C")
        case .leaveUnsubmitted: last = "interrupted; nothing was submitted"
        case .leaveUnanswered:
            last = "interrupted; whether the hub has the workload is not known: capstan workload list"
        case .detach: last = "detached; it goes on: capstan workload logs -f \(id)"
        case .leaveEnded: last = "interrupted; it has ended: capstan workload logs \(id)"
        }
        voice.leave(last)
        CommandRunner.leave(wish == .interrupt ? .interrupted : .endedBySignal(SIGTERM))
    }

    private func cancel() async {
        voice.notice("cancelling; Ctrl-C again leaves it to itself")
        do {
            let ref = WorkloadRef(workload: id.withLock { $0 } ?? "")
            _ = try await connector.ask(WorkloadOperations.cancel, ref, wait: .seconds(30))
        } catch {
            // The end of the workload may come before the answer to the wish for it.
            if Task.isCancelled { return }
            voice.notice("cannot cancel: \(Failure(error).message)")
        }
    }
}

import CallProtocol
import Link
import Logging
import Operations

/// The node's status, taken in on the event loop of its link as it comes: no task waits for it.
extension NodeSession {
    /// Asks for the status; what breaks off is asked for again after a pause.
    func watchStatus() {
        do throws(CallError) {
            keepStatus(
                try client.subscribe(HostOperations.status, HostStatusInput(), .init(answerLimit: Self.statusLimit)))
            try takeStatus()
        } catch {
            statusBroke(off: error)
        }
    }

    /// Takes what has come, and is called again when more has.
    private func takeStatus() throws(CallError) {
        while let subscription = status {
            switch try subscription.nextNow() {
            case .output(let status):
                if core.presence.setStatus(node, status, at: core.clock.now()) { core.schedulerSignal.fire() }
            case .complete: return wake(.status)
            case .nothing:
                let isWaiting = subscription.whenReady { [weak self] in
                    guard let self else { return }
                    do throws(CallError) { try takeStatus() } catch { statusBroke(off: error) }
                }
                if isWaiting { return }
            }
        }
    }

    private func statusBroke(off error: CallError) {
        // Closed by the session's end, or finished by the link's.
        if link.farewell != nil || link.hasEnded { return }
        core.logger.warning("node session: status", metadata: meta(error))
        wake(.status)
    }
}

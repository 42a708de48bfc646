import CallProtocol
import Daemon
import Link
import Operations

/// One use of `run`: submit, and follow unless detached, with signals minded all the way.
struct RunSession: Sendable {
    let spec: WorkloadSpec
    let connector: HubConnector
    let interrupts: Interrupts
    let voice: RunVoice
    /// How long the whole may take here; nil for as long as it takes.
    let wait: Duration?
    let isDetached: Bool

    /// Submits and follows. - Returns: the code to exit with.
    func run() async throws -> Int32 {
        let control = RunControl(interrupts, connector, voice: voice)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await control.obey() }
            defer { group.cancelAll() }
            return try await work(control)
        }
    }

    private func work(_ control: RunControl) async throws -> Int32 {
        let deadline = Deadline(in: wait)
        let view = try await submit(control, deadline)
        let printer = voice.printer
        guard !isDetached || control.isCancelled else {
            try await printer.value(["id": .string(view.id), "name": .string(view.name)]) { view.id + "\n" }
            await connector.close()
            return 0
        }
        let follower = RunFollower(connector, view, voice: voice, control: control)
        let code = try await follower.run(within: deadline.rest)
        await connector.close()
        return code
    }

    /// Submits with one key however often it is tried, so that a lost answer makes no second workload.
    private func submit(_ control: RunControl, _ deadline: Deadline) async throws -> WorkloadView {
        let key = Hex.random(16)
        // The first dial decides whether there is a hub; only then is a loss worth trying again.
        _ = try await connector.connection(until: deadline)
        control.submitting()
        let view = try await connector.ask(
            WorkloadOperations.submit, spec, until: wait == nil ? Deadline(in: .seconds(30)) : deadline, key: key)
        if !isDetached { voice.notice("submitted \(view.name) as \(view.id)") }
        await control.accepted(view)
        return view
    }
}

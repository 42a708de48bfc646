import CProcesses
import Glibc

/// Signals and the end of the program.
extension ChildProcess {
    /// Sends a signal to the program's process group, or to the one in its terminal's foreground; false when nothing of it
    /// exists any more.
    @discardableResult
    package func signal(_ signal: ProcessSignal) -> Bool {
        if let foreground, foreground != pid { return kill(-foreground, signal.number) == 0 }
        return watch.signal(signal.number)
    }

    /// How the program ended, once it has. Takes no notice of cancellation: it returns when the program is gone.
    package func exit() async -> ProcessExit {
        if let exit = watch.exit { return exit }
        // A task of its own, because the one that asks may be cancelled already.
        return await Task { [watch] in try? await watch.waitForExit() }.value ?? ProcessExit(code: 255)
    }

    /// How the program ended, once it has. Throws `CancellationError` promptly when cancelled.
    package func exitUnlessCancelled() async throws -> ProcessExit { try await watch.waitForExit() }

    /// Ends the program, what is left of its process group, and what is in its terminal's foreground: `first`, and SIGKILL
    /// to what lives after `grace`. Returns when the program has ended and the groups were killed or are empty. Takes no notice of cancellation,
    /// so that it can be called while a task is being cancelled.
    @discardableResult
    package func terminate(
        signal first: ProcessSignal = .hangUp, grace: Duration = .seconds(5),
        clock: any Clock<Duration> = ContinuousClock()
    ) async -> ProcessExit {
        guard watch.hold() else { return await exit() }
        defer { watch.release() }
        return await Task { await self.end(first: first, grace: grace, clock: clock) }.value
    }

    private func end(first: ProcessSignal, grace: Duration, clock: any Clock<Duration>) async -> ProcessExit {
        // Read once: when the leader has ended, the terminal has no foreground any more.
        let front = foreground.flatMap { $0 == pid ? nil : $0 }
        @Sendable func isLeft() -> Bool { watch.groupAlive() ?? true || front.map { cp_group_alive($0) > 0 } ?? false }
        func signalAll(_ signal: ProcessSignal) {
            if let front, cp_group_alive(front) > 0 { _ = kill(-front, signal.number) }
            _ = watch.signal(signal.number)
        }
        signalAll(first)
        // A stopped member takes the signal only when it goes on.
        signalAll(.continue)
        let ended: Void? = try? await inTime(grace, clock: clock) { [watch] in
            _ = try await watch.waitForExit()
            while isLeft() { try await clock.sleep(for: .milliseconds(20)) }
        }
        if ended == nil { signalAll(.kill) }
        return (try? await watch.waitForExit()) ?? ProcessExit(code: 255)
    }
}

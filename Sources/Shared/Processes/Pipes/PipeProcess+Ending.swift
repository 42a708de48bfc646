/// Signals and the end of the program.
extension PipeProcess {
    /// Sends a signal to the program's process group; false when nothing of it exists any more.
    @discardableResult
    package func signal(_ signal: ProcessSignal) -> Bool { watch.signal(signal.number) }

    /// How the program ended, once it has. Takes no notice of cancellation: it returns when the program is gone.
    package func exit() async -> ProcessExit {
        if let exit = watch.exit { return exit }
        // A task of its own, because the one that asks may be cancelled already.
        return await Task { [watch] in try? await watch.waitForExit() }.value ?? ProcessExit(code: 255)
    }

    /// How the program ended, once it has. Throws `CancellationError` promptly when cancelled.
    package func exitUnlessCancelled() async throws -> ProcessExit { try await watch.waitForExit() }

    /// Ends the program and what is left of its process group: `first`, and SIGKILL to what lives after `grace`.
    /// Returns when the program has ended and the group was killed or is empty. Takes no notice of cancellation,
    /// so that it can be called while a task is being cancelled.
    @discardableResult
    package func terminate(
        signal first: ProcessSignal = .hangUp, grace: Duration = .seconds(5),
        clock: any Clock<Duration> = ContinuousClock()
    ) async -> ProcessExit {
        guard watch.hold() else { return await exit() }
        defer { watch.release() }
        return await Task { [watch] in await Self.end(watch, first: first, grace: grace, clock: clock) }.value
    }

    private static func end(
        _ watch: ChildWatch, first: ProcessSignal, grace: Duration, clock: any Clock<Duration>
    ) async -> ProcessExit {
        _ = watch.signal(first.number)
        // A stopped member takes the signal only when it goes on.
        _ = watch.signal(ProcessSignal.continue.number)
        let ended: Void? = try? await inTime(grace, clock: clock) {
            _ = try await watch.waitForExit()
            while watch.groupAlive() ?? true { try await clock.sleep(for: .milliseconds(20)) }
        }
        if ended == nil { _ = watch.signal(ProcessSignal.kill.number) }
        return (try? await watch.waitForExit()) ?? ProcessExit(code: 255)
    }
}

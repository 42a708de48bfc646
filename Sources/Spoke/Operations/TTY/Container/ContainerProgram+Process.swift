import Processes

/// The process of this machine that a program in a container is, where it can be seen.
///
/// An engine may be slow, or hang; and its connection lasts as long as anybody holds the program's output. The process itself
/// tells at once that it has ended, and can be signalled whatever its engine does.
extension ContainerProgram {
    /// Before the first look: what ends so soon is told of by the engine alone.
    private static var firstLook: Duration { .milliseconds(50) }
    private static var longestPause: Duration { .seconds(2) }
    /// How long the engine may take to say which process it is.
    private static var patience: Duration { .seconds(2) }
    /// How long the engine may take to say how a process ended that is gone.
    private static var longest: Duration { .seconds(10) }

    /// Finds the process and waits for its end, which it notes. Without effect for a container's own program, whose output ends
    /// with it.
    func watch() async {
        guard case .exec = target else { return }
        do {
            var pause = Self.firstLook
            repeat {
                try await clock.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            } while await process() == nil
            try await found?.waitForEnd(clock: clock)
            let exit = try await inTime(Self.longest, clock: clock, outcome)
            conclude(exit ?? TTYExit(code: -1, error: "it has ended, and the engine does not tell how"))
        } catch {
            // Nobody waits any more, or the engine says no more: the connection's end tells that too.
        }
    }

    /// The process; nil where there is none to be seen that belongs to the container.
    func process() async -> ForeignProcess? {
        if let found { return found.isOver ? nil : found }
        let state = try? await inTime(Self.patience, clock: clock) { [target, client] in try await target.state(client)
        }
        guard let (isRunning, pid, _) = state, isRunning, let pid else { return nil }
        found = ForeignProcess(pid, guardian: guardian) { ContainerProcess.belongs($0, to: target.container) }
        return found
    }
}

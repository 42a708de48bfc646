import Processes

/// The process of this machine that a program in a container is, where it can be seen.
///
/// An engine may be slow, or hang; and its connection lasts as long as anybody holds the program's output. The process itself
/// tells at once that it has ended, and can be signalled whatever its engine does.
extension ContainerProgram {
    /// Before the first look: what ends so soon is told of by the engine alone.
    private static var firstLook: Duration { .milliseconds(50) }
    private static var longestPause: Duration { .seconds(2) }
    /// What was not found by then runs where this machine does not see it.
    private static var mostLooks: Int { 10 }
    /// Between two looks at what the engine sends, and how many without anything end it: an engine that is busy is no reason to
    /// lose what it has still to send.
    private static var step: Duration { .milliseconds(50) }
    private static var quietSteps: Int { 40 }
    /// How long the engine may take to say how a process ended that is gone.
    private static var longest: Duration { .seconds(10) }

    /// Finds the process and waits for its end; then, where others hold its output and nothing comes any more, lets go of it.
    /// Without effect for a container's own program, whose output ends with it.
    func watch() async {
        guard case .exec = target else { return }
        do {
            guard var exit = try await seen() else { return }
            try await fallSilent()
            exit.outputOpen = true
            conclude(exit)
        } catch {
            // Nobody waits any more; or the engine says no more, which the connection's end tells too.
        }
    }

    /// Waits for its end. - Returns: how it ended; nil where it cannot be seen from here.
    private func seen() async throws -> TTYExit? {
        var pause = Self.firstLook
        for _ in 0..<Self.mostLooks where found == nil {
            try await clock.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
            guard let state = try? await target.stateInTime(client, clock: clock) else { continue }
            // Before it runs it has no code, or 0.
            if !state.isRunning, state.code > 0 { return TTYExit(code: state.code) }
            adopt(state)
        }
        guard let found else { return nil }
        try await found.waitForEnd(clock: clock)
        return try await inTime(Self.longest, clock: clock) { [target, client, clock] in
            try await target.outcome(client, clock: clock)
        } ?? TTYExit(code: -1, error: "it has ended, and the engine does not tell how")
    }

    /// Returns when the engine has sent nothing for a while, though somebody would have taken it.
    private func fallSilent() async throws {
        var (before, quiet) = (arrived, 0)
        while quiet < Self.quietSteps {
            try await clock.sleep(for: Self.step)
            let now = arrived
            quiet = now != nil && now == before ? quiet + 1 : 0
            before = now
        }
    }

    /// The process; nil where there is none to be seen that belongs to the container.
    func process() async -> ForeignProcess? {
        if found == nil, let state = try? await target.stateInTime(client, clock: clock) { adopt(state) }
        return found.flatMap { $0.isOver ? nil : $0 }
    }

    private func adopt(_ state: ContainerTarget.State) {
        if let process = target.process(state, guardian: guardian) { found = process }
    }
}

import Processes

/// The end of the input of a program that may be on a terminal.
///
/// There it is a key, which one who reads takes away from those after him, and an editor of lines that begins to read throws away
/// with the settings that it changes. So it is typed again once it is read: as often as that for who reads lines, which is what a
/// pipe at its end does; and once for each who reads keys, to whom it may mean something else.
struct InputEnd: Sendable {
    let clock: any Clock<Duration>
    let hasTerminal: Bool
    /// How the terminal takes input; nil without one, or where it is not to be seen.
    let look: @Sendable () async -> TerminalInput?

    /// How many looks a program may take to have its terminal, and to be found by it.
    private static let firstLooks = 50
    /// Between two looks at a terminal.
    private static let step = Duration.milliseconds(100)

    /// Ends the input, and goes on doing so on a terminal until the task is cancelled.
    /// - Parameter type: closes the input, or types what ends it.
    func tell(_ type: @Sendable (_ isFirst: Bool) async throws -> Void) async throws {
        var last = await look()?.mode
        try await type(true)
        guard hasTerminal else { return }
        var looks = 0
        while true {
            try await clock.sleep(for: Self.step)
            guard let now = await look() else {
                looks += 1
                if last != nil || looks > Self.firstLooks { return }
                continue
            }
            guard now.isRead, now.mode == .lines || now.mode != last else { continue }
            last = now.mode
            try await type(false)
        }
    }
}

import Processes

/// The end of the input of a program that may be on a terminal.
///
/// There it is a key, which one who reads takes away from those after him, and an editor of lines that begins to read throws away
/// with the settings that it changes. So it is typed again once it is read: as often as that for who reads lines, which is what a
/// pipe at its end does; and a few times for who reads keys, to whom it may mean something else. Once is not enough for those: a key
/// that the system takes in while settings change, as a shell does around each line, is neither a key nor an end to anybody.
struct InputEnd: Sendable {
    let clock: any Clock<Duration>
    let hasTerminal: Bool
    /// How the terminal takes input; nil without one, or where it is not to be seen.
    let look: @Sendable () async -> TerminalInput?

    /// How many looks a program may take to have its terminal, and to be found by it.
    private static let firstLooks = 50
    /// Between two looks at a terminal.
    private static let step = Duration.milliseconds(100)
    /// After how many looks it is typed once more for who still reads keys.
    private static let again = [5, 10, 20]

    /// Ends the input, and goes on doing so on a terminal until the task is cancelled.
    /// - Parameter type: closes the input, or types what ends it.
    func tell(_ type: @Sendable (_ isFirst: Bool) async throws -> Void) async throws {
        var last = await look()?.mode
        try await type(true)
        guard hasTerminal else { return }
        var looks = 0
        var (again, waited) = (Self.again[...], 0)
        while true {
            try await clock.sleep(for: Self.step)
            guard let now = await look() else {
                looks += 1
                if last != nil || looks > Self.firstLooks { return }
                continue
            }
            if now.mode != last { (again, waited) = (Self.again[...], 0) }
            waited += 1
            let isOnceMore = now.mode == .keys && again.first.map { $0 <= waited } ?? false
            guard now.isRead, now.mode == .lines || now.mode != last || isOnceMore else { continue }
            if isOnceMore { (again, waited) = (again.dropFirst(), 0) }
            last = now.mode
            try await type(false)
        }
    }
}

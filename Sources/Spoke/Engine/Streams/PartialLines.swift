/// Finds the line ends that Docker's log loses.
///
/// Docker cuts a line at 16 KiB and gives all parts one time, each without a newline but the last. Its `local` driver loses
/// the newline of the last part too (seen with 20.10). Where an entry without a newline is followed, on its output, by one
/// of another time, the line has ended there. That of the very last entry cannot be known, and is left as the log has it.
package struct PartialLines: Sendable {
    private var held: [EngineOutput: LogEntry] = [:]

    package init() {}

    /// Takes the next entry of a log and gives what is certain by now.
    package mutating func take(_ entry: LogEntry) -> [LogEntry] {
        var certain: [LogEntry] = []
        if var last = held.removeValue(forKey: entry.output) {
            last.isPartial = last.timestamp == entry.timestamp
            certain.append(last)
        }
        if entry.isPartial { held[entry.output] = entry } else { certain.append(entry) }
        return certain
    }

    /// What is left when the log is over.
    package mutating func finish() -> [LogEntry] {
        defer { held = [:] }
        return held.values.sorted { $0.timestamp ?? "" < $1.timestamp ?? "" }
    }
}

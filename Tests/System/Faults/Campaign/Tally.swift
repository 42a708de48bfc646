/// What happened in a run, in numbers; of many runs together what happened in all of them.
struct Tally: Sendable, CustomStringConvertible {
    /// How often something happened.
    private var counts: [String: Int] = [:]
    /// The most that was ever measured.
    private var peaks: [String: Int] = [:]

    mutating func count(_ what: String, times: Int = 1) { counts[what, default: 0] += times }

    mutating func measure(_ what: String, _ value: Int) { peaks[what] = max(peaks[what] ?? value, value) }

    mutating func add(_ other: Tally) {
        counts.merge(other.counts, uniquingKeysWith: +)
        peaks.merge(other.peaks, uniquingKeysWith: max)
    }

    var description: String {
        let counted = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let measured = peaks.sorted { $0.key < $1.key }.map { "\($0.key) at most \($0.value)" }
        return (counted + measured).joined(separator: ", ")
    }
}

extension Fault {
    /// What it is called where faults are counted.
    var kind: String {
        switch self {
        case .kill: "kill -9"
        case .restart: "restarts by SIGTERM"
        case .freeze: "freezes"
        case .killSupervisor: "tries to kill a supervisor"
        case .killAt(_, let moment, _): "kill -9 at the next \(moment.rawValue)"
        case .killEverything: "kill -9 of everything"
        case .newKey(let who): who == .hub ? "new keys for a hub" : "new keys for a spoke"
        case .weather: "lines in bad weather"
        case .cut: "lines cut"
        case .fullDisk: "full disks"
        case .clock: "clocks set"
        }
    }
}

import TestKit

/// What one run does, and when: follows from the seed alone. How the processes take it does not, so that a seed that
/// failed may have to be run more than once.
struct Plan: Sendable, CustomStringConvertible {
    struct Submit: Sendable {
        /// Who submits, and how.
        enum Way: Sendable {
            /// A program that keeps its link, with one key until it is answered.
            case link
            /// `capstan call` with a key, killed so many milliseconds after its start; then a program with the same key.
            case killedCall(afterMs: Int)
            /// `capstan run`, which makes its own key and takes it with it when it is killed: nobody knows.
            case killedRun(afterMs: Int, isDetached: Bool)
        }

        var at: Int
        var job: Job
        var way = Way.link
        /// Milliseconds from the accepted submit to the wish to cancel it; nil for never.
        var cancelAfter: Int?
    }

    struct Exec: Sendable {
        var at: Int
        var number: Int
        var spoke: Int
        /// When the command is killed, in milliseconds after its start; then its program would go on for minutes.
        var killedAfter: Int?
    }

    struct Step: Sendable {
        var at: Int
        var fault: Fault
    }

    let seed: UInt64
    let spokes: Int
    /// Milliseconds from the start, in order.
    var submits: [Submit] = []
    var execs: [Exec] = []
    /// Three rows of faults, those of processes, of lines, and of machines; each one at a time, the rows at once.
    var ofProcesses: [Step] = []
    var ofLines: [Step] = []
    var ofMachines: [Step] = []
    /// Whether what is half-open at the end stays so, for both sides to find out by themselves.
    var leavesHalfOpen = false

    /// How long things go wrong, in milliseconds.
    static let length = 6_000

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        self.seed = seed
        spokes = random.int(2...3)
        for number in 0..<random.int(10...16) { submits.append(Self.submit(number, spokes, &random)) }
        submits.sort { $0.at < $1.at }
        for number in 0..<random.int(2...5) {
            var exec = Exec(at: random.int(0...Self.length), number: number, spoke: random.int(0...spokes - 1))
            if random.chance(0.25) { exec.killedAfter = random.int(50...1_500) }
            execs.append(exec)
        }
        execs.sort { $0.at < $1.at }
        var time = random.int(100...900)
        while time < Self.length {
            ofProcesses.append(Step(at: time, fault: .ofProcess(spokes, &random)))
            time += random.int(400...1_800)
        }
        time = random.int(100...900)
        while time < Self.length {
            ofLines.append(Step(at: time, fault: .ofLine(spokes + 1, &random)))
            time += random.int(300...1_500)
        }
        if random.chance(0.6) {
            time = random.int(100...900)
            while time < Self.length {
                ofMachines.append(Step(at: time, fault: .ofMachine(spokes, &random)))
                time += random.int(500...2_500)
            }
        }
        leavesHalfOpen = random.chance(0.1)
    }

    /// Whose disk is full at some time.
    var disksToFill: Set<Fault.Who> {
        Set(ofMachines.compactMap { if case .fullDisk(let who, _) = $0.fault { who } else { nil } })
    }

    /// Whose clock jumps.
    var clocksToShift: Set<Fault.Who> {
        Set(ofMachines.compactMap { if case .clock(let who, _) = $0.fault { who } else { nil } })
    }

    private static func submit(_ number: Int, _ spokes: Int, _ random: inout SeededRandom) -> Submit {
        let kind = Job.Kind.allCases[random.int(0...Job.Kind.allCases.count - 1)]
        let code =
            switch kind {
            case .suicidal: 137
            case .retried: random.int(1...9)
            default: random.chance(0.6) ? 0 : random.int(1...99)
            }
        let node = random.chance(0.4) ? "s\(random.int(0...spokes - 1))" : nil
        let isCancelled = kind == .endless || random.chance(0.15)
        var submit = Submit(
            at: random.int(0...length * 3 / 4), job: Job(number: number, kind: kind, code: code, node: node),
            cancelAfter: isCancelled ? random.int(0...2_500) : nil)
        if random.chance(0.2) {
            submit.way = .killedCall(afterMs: random.int(20...700))
        } else if !isCancelled, random.chance(0.15) {
            // Of what may be there only who submitted it could say how to cancel it.
            submit.way = .killedRun(afterMs: random.int(20...700), isDetached: random.chance(0.5))
        }
        return submit
    }

    var description: String {
        let all =
            submits.map { ($0.at, "\($0.job)\($0.way)" + ($0.cancelAfter.map { ", cancelled after \($0) ms" } ?? "")) }
            + execs.map {
                ($0.at, "exec \($0.number) on s\($0.spoke)" + ($0.killedAfter.map { ", killed after \($0) ms" } ?? ""))
            }
            + (ofProcesses + ofLines + ofMachines).map { ($0.at, "\($0.fault)") }
        return all.sorted { $0.0 < $1.0 }.map { "  \($0.0) ms: \($0.1)" }.joined(separator: "\n")
    }
}

extension Fault {
    /// A fault of a process; `spokes` is how many there are.
    fileprivate static func ofProcess(_ spokes: Int, _ random: inout SeededRandom) -> Fault {
        let spoke = random.int(0...spokes - 1)
        let who: Who = random.chance(0.4) ? .hub : .spoke(spoke)
        switch random.int(0...99) {
        case ..<28: return .kill(who, downMs: random.int(0...1_500))
        case ..<38: return .restart(who)
        case ..<55: return .freeze(who, ms: random.int(100...2_500))
        case ..<66: return .killSupervisor(spoke: spoke)
        case ..<75: return .newKey(who)
        case ..<93:
            return .killAt(who, Moment.allCases[random.int(0...Moment.allCases.count - 1)], spoke: spoke)
        default: return .killEverything(downMs: random.int(0...1_000))
        }
    }

    /// A fault of a machine as such: its disk, its clock.
    fileprivate static func ofMachine(_ spokes: Int, _ random: inout SeededRandom) -> Fault {
        let who: Who = random.chance(0.5) ? .hub : .spoke(random.int(0...spokes - 1))
        guard random.chance(0.5) else { return .fullDisk(who, ms: random.int(100...3_000)) }
        // Less than what is remembered for a day is off; beyond that the contract forgets.
        let away =
            switch random.int(0...9) {
            case ..<3: random.int(31...300)
            case ..<9: random.int(600...36_000)
            default: 0
            }
        return .clock(who, seconds: random.chance(0.5) ? away : -away)
    }

    /// A fault of a line; the last of them is the operator's.
    fileprivate static func ofLine(_ lines: Int, _ random: inout SeededRandom) -> Fault {
        let line = random.int(0...lines - 1)
        guard random.chance(0.6) else { return .cut(line: line, random.chance(0.5) ? .reset : .finish) }
        let weather: Weather =
            switch random.int(0...9) {
            case ..<2: .stalled
            case ..<4: .dead
            case ..<6: .delayed(milliseconds: random.int(5...400))
            case ..<8: .trickling(bytes: random.int(1...400), milliseconds: random.int(1...20))
            default: .corrupting(oneOf: random.int(1...20))
            }
        return .weather(line: line, weather, ms: random.int(100...2_000))
    }
}

extension Plan.Submit.Way: CustomStringConvertible {
    var description: String {
        switch self {
        case .link: ""
        case .killedCall(let time): ", by a call killed after \(time) ms and another with its key"
        case .killedRun(let time, let isDetached):
            ", by a run\(isDetached ? " --detach" : "") killed after \(time) ms"
        }
    }
}

import Formats
import Operations

/// What a person is told of machines that come: a line for each step that is over, and one for the step that goes on.
struct RentBoard: Sendable {
    /// A machine that is rented, as the hub tells it.
    struct Machine: Sendable, Hashable {
        var id: String
        var name: String
        var provider: String
        /// For an hour.
        var price: Double
        var currency: String
        var steps: [RentStep]
        /// Why it ended, or is going to; nil while it is wanted.
        var reason: String?
    }

    private struct Told {
        var phases: Set<String> = []
        /// Whether it was said that it is here, or that it does not come.
        var isOver = false
    }

    private var told: [String: Told] = [:]
    private var current: (machine: Machine, step: RentStep, since: ContinuousClock.Instant)?

    /// Columns of a phase's name.
    private static let width = 12

    /// Takes what is known now, oldest first.
    /// - Returns: lines that are to be said for it.
    mutating func take(_ machines: [Machine], at now: ContinuousClock.Instant) -> [String] {
        current = nil
        if let last = machines.last, last.reason == nil, let step = last.steps.last, step.isOpen == true {
            current = (last, step, now)
        }
        return machines.flatMap { lines($0) }
    }

    /// What goes on, with its time: `capstan-…k2c9fq at acme, 0.3100 USD an hour: boot 12s, 14s in all`.
    /// - Returns: nil where nothing does.
    func line(at now: ContinuousClock.Instant) -> String? {
        guard let (machine, step, since) = current else { return nil }
        let took = step.durationMs + max(0, since.duration(to: now).milliseconds)
        let whole = took + Self.distance(machine.steps.first, step)
        return "\(Self.short(machine.name)) at \(Self.terms(machine)): \(CellText.line(step.phase)) "
            + "\(Self.seconds(took)), \(Self.seconds(whole)) in all"
    }

    private mutating func lines(_ machine: Machine) -> [String] {
        var lines: [String] = []
        var told = told[machine.id] ?? Told()
        defer { self.told[machine.id] = told }
        if self.told[machine.id] == nil {
            lines.append("\(CellText.line(machine.name)) at \(Self.terms(machine))")
        }
        for step in machine.steps where step.isOpen != true && told.phases.insert(step.phase).inserted {
            lines.append(Self.row(([step.phase] + (step.including ?? [])).joined(separator: ", "), step.durationMs))
        }
        guard !told.isOver, let last = machine.steps.last else { return lines }
        if let reason = machine.reason {
            told.isOver = true
            lines.append("  ended: \(CellText.line(reason))")
        } else if last.isOpen != true {
            told.isOver = true
            lines.append(Self.row("in all", Self.distance(machine.steps.first, last) + last.durationMs))
        }
        return lines
    }

    private static func row(_ name: String, _ milliseconds: Int64) -> String {
        let name = CellText.line(name)
        return "  " + name + String(repeating: " ", count: max(2, width - CellText.width(name))) + time(milliseconds)
    }

    /// Milliseconds between the beginnings of two steps, by the hub's clock.
    private static func distance(_ first: RentStep?, _ last: RentStep) -> Int64 {
        guard let start = first.flatMap({ RFC3339.milliseconds($0.at) }), let end = RFC3339.milliseconds(last.at) else {
            return 0
        }
        return max(0, end - start)
    }

    private static func terms(_ machine: Machine) -> String {
        "\(CellText.line(machine.provider)), \(MoneyText.string(machine.price, CellText.line(machine.currency))) an hour"
    }

    /// A name's beginning and end: with all of it the line would not fit.
    private static func short(_ name: String) -> String {
        let name = CellText.line(name)
        return name.count > 20 ? name.prefix(8) + "…" + name.suffix(6) : name
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        DurationText.string(.seconds(milliseconds / 1_000))
    }

    /// A span as precisely as people care: `340ms`, `1.2s`, `1m12s`.
    static func time(_ milliseconds: Int64) -> String {
        guard (1_000..<10_000).contains(milliseconds) else {
            return milliseconds < 1_000 ? DurationText.string(.milliseconds(milliseconds)) : seconds(milliseconds)
        }
        return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)s"
    }
}

extension RentBoard.Machine {
    init(_ view: RentView) {
        self.init(
            id: view.instance, name: view.name, provider: view.provider, price: view.price, currency: view.currency,
            steps: view.timeline ?? [], reason: view.reason)
    }

    init(_ view: InstanceView) {
        let isEnding = ["terminating", "terminated"].contains(view.state)
        self.init(
            id: view.id, name: view.name, provider: view.provider, price: view.price, currency: view.currency,
            steps: view.timeline ?? [], reason: isEnding ? view.reason ?? "" : nil)
    }
}

import Formats
import Store

/// What rented machines have cost, and what they may yet cost before they could be ended: reckoned from their rows, so that
/// nothing can be held for what is gone.
struct RentLedger: Sendable {
    /// What may have cost something in the longest window, and all that is open.
    private(set) var rows: [InstanceBill]
    /// Milliseconds since 1970.
    let now: Int64
    /// For how long an open instance may cost after its end is wished for, in milliseconds.
    let hold: Int64

    init(_ rows: [InstanceBill], at now: Int64, hold: Int64) {
        (self.rows, self.now, self.hold) = (rows, now, hold)
    }

    /// Counts another one in.
    mutating func add(_ row: InstanceBill) { rows.append(row) }

    /// The longest window there is.
    static func since(_ now: Int64) -> Int64 { BudgetWindow(.month, at: now).start }

    /// What one budget has left when a machine of that price is rented beside what is there; below 0 it must not be.
    ///
    /// Of what is held only the part counts that lies in the budget's window: the rest is the next one's.
    func rest(of budget: BudgetRecord, with price: Double = 0) -> Double {
        let (spent, held) = use(of: budget, with: price)
        return budget.amount - spent - held
    }

    /// What is spent of a budget, and what is held back.
    func use(of budget: BudgetRecord, with price: Double = 0) -> (spent: Double, held: Double) {
        let window = BudgetWindow(budget.period, at: now)
        let counted = rows.filter { budget.counts($0) }
        let spent = counted.reduce(0) { $0 + $1.cost(from: window.start, to: now) }
        let perHour = counted.filter(\.isHeld).reduce(price) { $0 + $1.price }
        return (spent, perHour * hours(min(hold, window.end - now)))
    }

    /// What of the hold lies in the budget's next window.
    private func ofNext(_ budget: BudgetRecord, with price: Double) -> Double {
        let window = BudgetWindow(budget.period, at: now)
        let perHour = rows.filter { budget.counts($0) && $0.isHeld }.reduce(price) { $0 + $1.price }
        return perHour * hours(hold - min(hold, window.end - now))
    }

    /// Why no machine of that price may be rented now; nil where it may.
    func refusal(of price: Double, currency: String, provider: String, by budgets: [BudgetRecord]) -> String? {
        for budget in budgets where budget.provider.isEmpty || budget.provider == provider {
            guard budget.currency == currency else {
                return "\(budget.named) is in \(budget.currency), and \(provider)'s prices are in \(currency)"
            }
            let least = price * hours(hold)
            guard least <= budget.amount + Self.tolerance else {
                return "\(budget.named) is \(MoneyText.string(budget.amount, currency)), and until a machine of "
                    + "\(MoneyText.string(price, currency)) an hour could be ended it may cost \(MoneyText.string(least, currency))"
            }
            let next = ofNext(budget, with: price)
            if next > budget.amount + Self.tolerance {
                return "\(budget.named) begins anew in a moment, and all that is rented then may cost "
                    + "\(MoneyText.string(next, currency)) until it could be ended"
            }
            let rest = rest(of: budget, with: price)
            if rest < -Self.tolerance {
                return "\(budget.named) of \(MoneyText.string(budget.amount, currency)) is short by "
                    + "\(MoneyText.string(-rest, currency)) for a machine of \(MoneyText.string(price, currency)) an hour"
            }
        }
        return nil
    }

    /// What must end now so that no budget is passed: the dearest first, with the budget that it is for.
    func excess(over budgets: [BudgetRecord]) -> [(id: String, budget: BudgetRecord)] {
        var ended: [(id: String, budget: BudgetRecord)] = []
        for budget in budgets {
            var rest = rest(of: budget)
            let share = hours(min(hold, BudgetWindow(budget.period, at: now).end - now))
            // What is ending already will free what it holds.
            let open = rows.filter { budget.counts($0) && $0.isHeld }.sorted {
                ($0.isEnding ? 1 : 0, $0.price, $0.id) > ($1.isEnding ? 1 : 0, $1.price, $1.id)
            }
            for row in open where rest < -Self.tolerance {
                rest += row.price * share
                if !row.isEnding, !ended.contains(where: { $0.id == row.id }) { ended.append((row.id, budget)) }
            }
        }
        return ended
    }

    /// What open instances cost an hour, by currency.
    var burn: [String: Double] {
        rows.filter { $0.isHeld && $0.billedFrom != nil }.reduce(into: [:]) { $0[$1.currency, default: 0] += $1.price }
    }

    /// What they would cost if the hub were lost now and each ended by itself, by currency.
    var worstLeak: [String: Double] {
        rows.filter(\.isHeld).reduce(into: [:]) { $0[$1.currency, default: 0] += $1.price * hours(hold) }
    }

    /// A tenth of a cent's hundredth: sums of fractions are not exact.
    static let tolerance = 0.000_01

    private func hours(_ milliseconds: Int64) -> Double { Double(milliseconds) / 3_600_000 }
}

extension InstanceBill {
    fileprivate var isEnding: Bool { state == Instance.State.terminating.rawValue }

    /// Whether money is kept back for it: it may cost something yet.
    var isHeld: Bool { state != Instance.State.terminated.rawValue }
}

extension BudgetRecord {
    func counts(_ row: InstanceBill) -> Bool {
        (provider.isEmpty || row.provider == provider) && row.currency == currency
    }

    /// As sentences have it.
    var named: String { "the budget of \(provider.isEmpty ? "the fleet" : provider) for \(Self.words[period] ?? "")" }

    private static let words: [Period: String] = [.hour: "an hour", .day: "a day", .month: "a month"]
}

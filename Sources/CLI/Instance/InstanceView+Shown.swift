import Formats
import Operations

extension InstanceView {
    /// Names and values, for people.
    func fields(_ printer: Printer) -> [(name: String, value: String)] {
        var rows = [("name", name), ("id", id), ("provider", provider), ("state", state)]
        func add(_ name: String, _ value: String?) { if let value { rows.append((name, value)) } }
        add("reason", reason)
        add("node", node)
        add("provider's id", providerId)
        add("price", MoneyText.string(price, currency) + " an hour")
        add("cost", cost.map { MoneyText.string($0, currency) })
        add("gpus", gpus.map { count in count == 0 ? "none" : "\(count) \(gpuModel ?? "")" })
        add("region", region)
        add("image", image)
        add("replaced by", successor)
        let line = (times ?? [:]).sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        for (state, time) in line { add(state, "\(time) (\(printer.ago(time) ?? "now"))") }
        return rows
    }

    /// The instance for people, with the way to its first program.
    func text(_ printer: Printer) -> String {
        let fields = FieldRows.text(fields(printer))
        guard let timeline, !timeline.isEmpty else { return fields }
        let table = Table(
            [.init("PHASE"), .init("BEGAN"), .init("TOOK", isNumber: true)],
            rows: timeline.map { step in
                [
                    .init(([step.phase] + (step.including ?? [])).joined(separator: ", ")), .init(step.at),
                    .init(RentBoard.time(step.durationMs) + (step.isOpen == true ? " so far" : "")),
                ]
            })
        return fields + "\n" + table.text(coloured: printer.isColoured)
    }
}

import CallProtocol
import Daemon
import Formats
import Operations

extension WorkloadView {
    /// The workload as JSON; what is not known yet is null, not missing.
    func shown() throws -> JSONValue {
        try JSONCoding.value(of: self).filling(["exitCode", "node"])
    }

    /// The same without its attempts, which lists do not carry.
    func listed() throws -> JSONValue {
        var value = try shown()
        value["attempts"] = nil
        return value
    }

    /// Why it waits or ended as it did, for people.
    var reasonText: String? { EndReason.sentence(reason, of: spec) }

    /// The state as a table shows it.
    var stateText: String { cancelRequested && !isTerminal ? "\(state), cancelling" : state }

    /// The row of `workload list`.
    func cells(_ printer: Printer) -> [Table.Cell] {
        [
            .init(id), .init(name), .init(stateText, .state(state)), .init(exitCode.map { "\($0)" }), .init(node),
            .init(printer.ago(submittedAt)), .init(reasonText),
        ]
    }

    /// The workload for people.
    func text(_ printer: Printer) -> String {
        var list = FieldList()
        list.add("name", name)
        list.add("id", id)
        list.add("state", stateText, .state(state))
        list.add("reason", reasonText)
        list.add("exit code", exitCode.map { "\($0)" })
        list.add("signal", signal)
        list.add("node", node)
        list.add("image", spec.image)
        list.add("command", spec.cmd.isEmpty ? nil : spec.cmd.joined(separator: " "))
        list.add("variables", envNames?.joined(separator: " "))
        list.add("where", spec.node ?? spec.labels?.joined(separator: ", "))
        list.add("cpus", spec.cpus.map { "\($0)" })
        list.add("memory", spec.memory.map { ByteSize.string($0) })
        list.add("gpus", spec.gpus.map { "\($0)" + (spec.gpuModel.map { " \($0)" } ?? "") })
        for mount in spec.mounts ?? [] { list.add("mount", "\(mount.source ?? "tmpfs") on \(mount.target)") }
        list.add("time limit", spec.timeLimitMs.map { DurationText.string(.milliseconds($0)) })
        list.add("priority", "\(priority)")
        list.add("owner", ownerName ?? owner)
        for rent in rented ?? [] {
            let why = rent.reason.map { ": \($0)" } ?? ""
            list.add(
                "rented",
                "\(rent.name) at \(rent.provider), \(MoneyText.string(rent.price, rent.currency)) an hour, "
                    + "\(MoneyText.string(rent.cost, rent.currency)) so far, \(rent.state)\(why)")
        }
        list.add("waited", waitedMs.map { RentBoard.time($0) + (startedAt == nil && !isTerminal ? " so far" : "") })
        list.add("submitted", printer.ago(submittedAt))
        list.add("started", printer.ago(startedAt))
        list.add("ended", printer.ago(endedAt))
        let head = list.text(coloured: printer.isColoured)
        return attempts.isEmpty ? head : head + "\n" + attemptTable(printer).text(coloured: printer.isColoured)
    }

    private func attemptTable(_ printer: Printer) -> Table {
        Table(
            [
                .init("ATTEMPT", isNumber: true), .init("STATE"), .init("NODE"), .init("EXIT", isNumber: true),
                .init("STARTED"), .init("OUTPUT", isNumber: true), .init("COST", isNumber: true), .init("RECEIPT"),
                .init("REASON"),
            ],
            rows: attempts.map { attempt in
                [
                    .init("\(attempt.number)"),
                    .init(attempt.unknown ? "\(attempt.state), unknown" : attempt.state, .state(attempt.state)),
                    .init(attempt.node), .init(attempt.exitCode.map { "\($0)" }),
                    .init(printer.ago(attempt.startedAt)),
                    .init(ByteSize.string(attempt.logBytes) + (attempt.logTruncated ? ", cut" : "")),
                    .init(attempt.cost.map { MoneyText.string($0.amount, $0.currency) }),
                    .init(attempt.hasReceipt ? "yes" : "no"), .init(EndReason.sentence(attempt.reason, of: spec)),
                ]
            })
    }
}

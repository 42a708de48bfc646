import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Operations

/// `capstan workload receipt`
struct WorkloadReceipt: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "The signed result of an attempt.",
        discussion: .flowing(
            """
            With --verify the signatures of node and hub are checked here, against the keys that the registry holds for
            them; exit code 1 when one is not valid.

            Example:
              capstan workload receipt train --verify
              capstan workload receipt train -o json > train.receipt.json
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .workloads) var workload: String

    @Option(help: "Which attempt; the latest when left out.") var attempt: Int?

    @Flag(help: "Check the signatures.") var verify = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(
            WorkloadOperations.receipt, WorkloadReceiptInput(workload: workload, attempt: attempt))
        let check = verify ? ReceiptCheck(view) : nil
        let printer = global.printer
        var value = try JSONCoding.value(of: view)
        if let check {
            value["verification"] = [
                "valid": .bool(check.isValid),
                "findings": .array(
                    check.findings.map {
                        ["subject": .string($0.subject), "valid": .bool($0.isValid), "detail": .string($0.detail)]
                    }),
            ]
        }
        try await printer.value(value) { text(view, check, printer) }
        guard let check, !check.isValid else { return }
        let wrong = check.findings.filter { !$0.isValid }.map { "\($0.subject): \($0.detail)" }
        throw Failure.failed("the receipt is not valid: \(wrong.joined(separator: "; "))")
    }

    private func text(_ view: ReceiptView, _ check: ReceiptCheck?, _ printer: Printer) -> String {
        let statement = view.statement
        var list = FieldList()
        list.add("workload", statement.workload)
        list.add("attempt", "\(statement.attempt) (generation \(statement.generation))")
        list.add("node", statement.node)
        list.add("exit code", "\(statement.exitCode)" + (statement.signal.map { " (SIG\($0))" } ?? ""))
        list.add("reason", statement.reason)
        list.add("started", statement.startedAt)
        list.add("ended", statement.endedAt)
        list.add("command hash", statement.commandHash)
        list.add("output hash", statement.outputHash)
        list.add(
            "output", "\(ByteSize.string(statement.outputBytes))" + (statement.logTruncated ? ", log cut" : ""))
        list.add(
            "processor time",
            DurationText.string(.microseconds(statement.userTimeUs + statement.systemTimeUs)))
        list.add("memory", ByteSize.string(statement.maxMemory))
        if let hub = view.hubStatement {
            list.add("received", hub.receivedAt)
            let rate = hub.perHour.map { ", at \(MoneyText.string($0, hub.currency)) an hour" } ?? ""
            list.add("cost", MoneyText.string(hub.cost, hub.currency) + rate)
        }
        for finding in check?.findings ?? [] {
            let word = finding.isValid ? "valid" : "NOT VALID"
            list.add(finding.subject, "\(word)  \(finding.detail)", finding.isValid ? .good : .bad)
        }
        return list.text(coloured: printer.isColoured)
    }
}

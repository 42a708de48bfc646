import ArgumentParser
import Operations

/// `capstan workload cancel`
struct WorkloadCancel: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Wish the end of a workload.",
        discussion: .flowing(
            """
            It takes effect when the node confirms; for a node that is away it waits, and says so.

            Example:
              capstan workload cancel train
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .workloads) var workload: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(WorkloadOperations.cancel, WorkloadRef(workload: workload))
        let printer = global.printer
        try await printer.value(try view.shown()) { CellText.line("\(view.name) is \(view.stateText)") + "\n" }
        if !view.isTerminal, let reason = view.reason { printer.notice("\(view.name) \(reason)") }
    }
}

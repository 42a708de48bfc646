import ArgumentParser
import Operations

/// `capstan workload show`
struct WorkloadShow: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One workload with its attempts.",
        discussion: .flowing(
            """
            Example:
              capstan workload show train
              capstan workload show 01JD3V -o json
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .workloads) var workload: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(WorkloadOperations.show, WorkloadRef(workload: workload))
        let printer = global.printer
        try await printer.value(try view.shown()) { view.text(printer) }
    }
}

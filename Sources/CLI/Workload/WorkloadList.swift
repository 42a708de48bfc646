import ArgumentParser
import CallProtocol
import Operations

/// `capstan workload list`
struct WorkloadList: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Workloads, newest first.",
        discussion: .flowing(
            """
            Example:
              capstan workload list --state queued --state running
              capstan workload list --all -o json
            """))

    @Option(
        name: .customLong("state"),
        help: "Only these; repeatable: queued provisioning starting running succeeded failed cancelled lost.")
    var states: [String] = []

    @Option(help: "Only those on this node.", completion: .nodes) var node: String?

    @Option(parsing: .unconditional, help: "At most so many.") var limit = 50

    @Flag(help: "All of them, however many.") var all = false

    @Flag(help: ArgumentHelp("Only names and ids, for the shell to complete.", visibility: .hidden))
    var completions = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard limit > 0 else { throw Failure.misuse("--limit must be at least 1") }
        let connector = try await connector()
        let (workloads, isMore) = try await pages(connector)
        let printer = global.printer
        guard !completions else {
            let words = workloads.map(\.name) + workloads.map(\.id)
            try await printer.text(words.map { CellText.line($0) + "\n" }.joined())
            return await connector.close()
        }
        try await printer.list(
            try workloads.map { try $0.listed() }, names: workloads.map(\.id),
            empty: "no workloads; start one with: capstan run -- CMD"
        ) {
            Table(
                [
                    .init("ID"), .init("NAME"), .init("STATE"), .init("EXIT", isNumber: true), .init("NODE"),
                    .init("SUBMITTED"), .init("REASON"),
                ],
                rows: workloads.map { $0.cells(printer) })
        }
        if isMore { printer.notice("there are more: --all, or a larger --limit") }
        await connector.close()
    }

    private func pages(_ connector: HubConnector) async throws -> ([WorkloadView], Bool) {
        var workloads: [WorkloadView] = []
        var cursor: String?
        repeat {
            let wanted = all ? 1_000 : min(1_000, limit - workloads.count)
            let input = WorkloadListInput(
                states: states.isEmpty ? nil : states, node: node, limit: wanted, cursor: cursor)
            let page = try await connector.ask(WorkloadOperations.list, input, wait: global.wait)
            workloads += page.workloads
            cursor = page.cursor
        } while cursor != nil && (all || workloads.count < limit)
        return (workloads, cursor != nil)
    }
}

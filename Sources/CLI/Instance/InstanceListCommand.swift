import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan instance list`
struct InstanceListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The rented machines, newest first, and what they cost.",
        discussion: .flowing(
            """
            What else is in the providers' accounts is shown too: orphans, which bear this hub's names and will be ended,
            and what is somebody else's, which is never touched. At the end stands what burns in an hour, and what would be
            lost at worst if the hub were gone now.

            Example:
              capstan instance list
              capstan instance list --all -o json
            """))

    @Flag(help: "Those too that have ended.") var all = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var input = InstanceListInput()
        input.all = all ? true : nil
        let first = try await ask(InstanceOperations.list, input)
        var rows = first.instances
        var cursor = first.cursor
        while let next = cursor {
            input.cursor = next
            let page = try await ask(InstanceOperations.list, input)
            rows += page.instances
            cursor = page.cursor
        }
        rows += first.others
        let (shown, printer) = (rows, global.printer)
        try await printer.list(
            try shown.map { try JSONCoding.value(of: $0) }, names: shown.map(\.id), empty: "nothing is rented"
        ) { Self.table(shown, printer) }
        for account in first.accounts { Self.tell(account, printer) }
        guard printer.format == .table, !first.burn.isEmpty || !first.worstLeak.isEmpty else { return }
        let burn = first.burn.map { MoneyText.string($0.amount, $0.currency) }.joined(separator: " + ")
        let leak = first.worstLeak.map { MoneyText.string($0.amount, $0.currency) }.joined(separator: " + ")
        printer.notice(
            "burns \(burn.isEmpty ? "nothing" : burn) an hour; at worst \(leak) are lost if the hub is gone now, and more where work goes on"
        )
    }

    /// That a provider cannot be listed, with what to do.
    static func tell(_ account: InstanceAccount, _ printer: Printer) {
        guard let doubt = account.doubt else { return }
        let since = account.doubtSince.flatMap { printer.ago($0) } ?? "now"
        StandardError.write(
            "capstan: \(account.provider) is not believed since \(since): \(CellText.line(doubt)). Nothing is rented there "
                + "meanwhile" + (account.seemsEmpty == true ? advice(account.provider) : "") + "\n")
    }

    private static func advice(_ provider: String) -> String {
        "; if it is true: capstan instance reconcile \(provider) --confirm-empty"
    }

    private static func table(_ rows: [InstanceView], _ printer: Printer) -> Table {
        Table(
            [
                .init("NAME"), .init("STATE"), .init("PROVIDER"), .init("NODE"), .init("GPUS", isNumber: true),
                .init("MODEL"), .init("PRICE/H", isNumber: true), .init("COST", isNumber: true), .init("CREATED"),
                .init("REASON"),
            ],
            rows: rows.map { row in
                [
                    .init(row.name.isEmpty ? row.id : row.name), .init(row.state, tone(row.state)), .init(row.provider),
                    .init(row.node ?? "-"), .init(row.gpus.map(String.init) ?? "-"), .init(row.gpuModel ?? "-"),
                    .init(MoneyText.string(row.price, row.currency)),
                    .init(row.cost.map { MoneyText.string($0, row.currency) } ?? "-"),
                    .init(row.createdAt.flatMap { printer.ago($0) } ?? "-"), .init(row.reason ?? "-"),
                ]
            })
    }

    private static func tone(_ state: String) -> Tone {
        switch state {
        case "active": .good
        case "orphan", "terminating": .doubtful
        default: .plain
        }
    }
}

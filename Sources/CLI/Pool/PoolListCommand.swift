import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan pool list`
struct PoolListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The warm pools, and what is ready in each.",
        discussion: .flowing(
            """
            Example:
              capstan pool list
            """))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let pools = try await ask(PoolOperations.list, Empty()).pools
        try await global.printer.list(
            try pools.map { try JSONCoding.value(of: $0) }, names: pools.map(\.name),
            empty: "no warm pools: capstan pool set NAME --count 2"
        ) {
            Table(
                [
                    .init("NAME"), .init("WANTED", isNumber: true), .init("READY", isNumber: true),
                    .init("COMING", isNumber: true), .init("BUSY", isNumber: true), .init("MACHINE"), .init("REASON"),
                ],
                rows: pools.map { pool in
                    [
                        .init(pool.name), .init("\(pool.count)"),
                        .init("\(pool.ready)", pool.ready < pool.count ? .doubtful : .plain),
                        .init("\(pool.coming)"), .init("\(pool.busy)"), .init(Self.machine(pool.wish)),
                        .init(pool.reason.map { CellText.line($0) } ?? ""),
                    ]
                })
        }
    }

    /// `2 x 4090, 0.50 at most, runpod`
    private static func machine(_ wish: OfferWish) -> String {
        let model = wish.gpuModel ?? (wish.gpus ?? 0 > 0 ? "GPU" : "no GPU")
        var words = [wish.gpus ?? 1 > 1 ? "\(wish.gpus ?? 1) x \(model)" : model]
        if let cpus = wish.cpus { words.append("\(cpus == cpus.rounded() ? "\(Int(cpus))" : "\(cpus)") CPUs") }
        if let memory = wish.memory { words.append(ByteSize.string(memory)) }
        if let price = wish.maxPrice { words.append("\(price) at most") }
        return (words + [wish.region, wish.provider, wish.spot == true ? "spot" : nil].compactMap(\.self))
            .joined(separator: ", ")
    }
}

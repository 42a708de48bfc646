import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan tunnel show`
struct TunnelShow: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One tunnel: where it leads, how far it is, and what has passed.",
        discussion: .flowing(
            """
            Example:
              capstan tunnel show db
            """))

    @Argument(help: "Its id, a unique beginning of it, or its label.", completion: .tunnels) var tunnel: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let view = try await connector.ask(TunnelOperations.show, TunnelRef(id: tunnel), until: deadline)
        let stats = try await connector.ask(TunnelOperations.stats, TunnelRef(id: view.id), until: deadline)
        let connection = try await connector.connection(until: deadline)
        let progress = try await connection.calls
            .subscribe(TunnelOperations.progress, TunnelRef(id: view.id), .init(deadlineMs: deadline.callMs)).next()
        await connector.close()
        var value = try JSONCoding.value(of: view)
        value["steps"] = try progress.map { try JSONCoding.value(of: $0.steps) }
        value["stats"] = try JSONCoding.value(of: stats)
        try await global.printer.value(value) { Self.text(view, progress, stats) }
    }

    private static func text(_ view: TunnelView, _ progress: TunnelProgress?, _ stats: TunnelStats) -> String {
        var rows = [
            ("id", view.id), ("label", view.label ?? "-"), ("state", view.state.rawValue), ("url", view.url),
            ("node", view.node), ("endpoint", view.endpoint),
            (
                "allowed",
                (view.access.allowFrom?.joined(separator: ", ") ?? "everybody")
                    + (view.access.needsBearer == true ? ", with the token" : "")
            ),
        ]
        for step in progress?.steps ?? [] {
            rows.append((step.name.rawValue, step.state.rawValue + (step.reason.map { ": \($0)" } ?? "")))
        }
        rows.append(("connections", "\(stats.open) open, \(stats.connections) in all"))
        if view.protocol == "http" { rows.append(("requests", "\(stats.requests)")) }
        rows.append(("bytes", "\(ByteSize.string(stats.received)) in, \(ByteSize.string(stats.sent)) out"))
        if stats.refused > 0 { rows.append(("refused", "\(stats.refused)")) }
        if stats.errors > 0 { rows.append(("errors", "\(stats.errors), last: \(stats.lastError ?? "?")")) }
        return FieldRows.text(rows.map { (name: $0.0, value: $0.1) })
    }
}

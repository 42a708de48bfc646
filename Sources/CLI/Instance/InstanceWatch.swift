import CallProtocol
import Operations

/// Following an instance that was wished for, and those that come in its place, until it is a node or none comes.
struct InstanceWatch: Sendable {
    /// Between two looks at an instance.
    static let pause = Duration.milliseconds(500)

    let connector: HubConnector
    let printer: Printer
    /// How long each look may take; nil for what is usual.
    let wait: Duration?

    /// Tells of each step that is over; on a terminal a line below shows what goes on, and Ctrl-C takes it away.
    /// - Returns: the instance that is a node, or the last that came to nothing.
    func run(from first: InstanceView) async throws -> InstanceView {
        let last = try await Interruptible.run {
            var (view, board, live) = (first, RentBoard(), LiveLine())
            defer { StandardError.write(live.drawing(nil, columns: 0)) }
            while true {
                show(view, &board, &live)
                if view.state == "active" { return view }
                let isLast = view.state == "terminated" && view.reason?.hasSuffix("another is looked for") != true
                if view.successor == nil {
                    if isLast { return view }
                    try await Task.sleep(for: Self.pause)
                }
                let ref = InstanceRef(instance: view.successor ?? view.id)
                view = try await connector.ask(InstanceOperations.show, ref, wait: wait)
            }
        }
        await connector.close()
        return last
    }

    private func show(_ view: InstanceView, _ board: inout RentBoard, _ live: inout LiveLine) {
        guard printer.format == .table, !printer.isQuiet else { return }
        let lines = board.take([RentBoard.Machine(view)], at: .now)
        if !lines.isEmpty { StandardError.write(live.above(lines.map { $0 + "\n" }.joined())) }
        guard LocalTerminal.drawsLines else { return }
        StandardError.write(live.drawing(board.line(at: .now), columns: LocalTerminal.size?.cols ?? 80))
    }
}

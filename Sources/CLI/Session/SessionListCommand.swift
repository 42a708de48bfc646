import ArgumentParser
import CallProtocol
import Operations

/// `capstan session list`
struct SessionListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Sessions, of one node or of all.",
        discussion: .flowing(
            """
            Without --node it asks all nodes, and says which did not answer. With --all those that have ended are shown
            too, with how they ended, for a day; recorded ones for 30 days.

            Example:
              capstan session list
              capstan session list --all --node gpu-1 -o json
            """))

    @Option(help: "Only those of this node.", completion: .nodes) var node: String?

    @Flag(name: [.short, .long], help: "Also those that have ended.") var all = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let input = TTYListInput(running: all ? nil : true)
        try await list(TTYOperations.list, input, on: node) { answers in
            try await show(answers.flatMap { node, list in list.sessions.map { (node, $0) } })
        }
    }

    private func show(_ sessions: [(node: String, view: TTYSessionView)]) async throws {
        let printer = global.printer
        try await printer.list(
            try sessions.map { try $0.view.shown(on: $0.node) }, names: sessions.map(\.view.session),
            empty: all ? "no sessions" : "no sessions run; --all shows those that have ended"
        ) {
            Table(
                [
                    .init("NAME"), .init("NODE"), .init("STATE"), .init("PROGRAM"), .init("OWNER"), .init("STARTED"),
                    .init("SESSION"),
                ],
                rows: sessions.map { node, view in
                    [
                        .init(view.name ?? "-"), .init(node), .init(view.stateText, .state(view.state.rawValue)),
                        .init(view.programText), .init(view.ownerName ?? "-"), .init(printer.ago(view.startedAt)),
                        .init(view.session, .faint),
                    ]
                })
        }
    }
}

extension TTYSessionView {
    /// As an object, with the node that it is on.
    func shown(on node: String) throws -> JSONValue {
        var value = try JSONCoding.encode(self).value()
        value["node"] = .string(node)
        return value
    }

    /// The state, and how it ended.
    var stateText: String {
        guard state == .exited else { return state.rawValue }
        return signal.map { "exited (\($0))" } ?? "exited (\(exitCode ?? 0))"
    }

    /// The program, short enough for a table.
    var programText: String {
        // Whoever asks for a login shell says it in many words.
        let isShell = cmd == Shell.loginShell || cmd == Shell.containerShell || (cmd.isEmpty && host != nil)
        let line = isShell ? "shell" : cmd.joined(separator: " ")
        let program = line.count > 32 ? line.prefix(31) + "…" : line
        guard let place = container.map({ "in " + $0 }) ?? host.map({ "on " + $0 }) else { return program }
        return program.isEmpty ? place : "\(program) \(place)"
    }
}

import ArgumentParser
import Operations

/// `capstan session kill`
struct SessionKill: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "End sessions.",
        discussion: .flowing(
            """
            What runs on the session's terminal is hung up on, and killed after 5 s.

            Example:
              capstan session kill train
            """))

    @Argument(help: "Ids, unique beginnings of ids, or names.", completion: .sessions) var sessions: [String]
    @OptionGroup var choice: SessionChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        for session in sessions {
            let place = try await choice.find(session, connector, until: deadline)
            let before = place.view.state
            _ = try await connector.ask(
                TTYOperations.kill, TTYSessionRef(session: place.view.session), node: place.node.id, until: deadline)
            global.printer.notice(
                before == .running
                    ? "\(session) on \(place.node.name) is being ended"
                    : "\(session) on \(place.node.name) had ended already: \(place.view.stateText)")
        }
        await connector.close()
    }
}

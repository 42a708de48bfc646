import ArgumentParser
import CallProtocol
import Operations

/// `capstan session attach`
struct SessionAttach: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Join a session.",
        discussion: .flowing(
            """
            The last screenful is shown, then what comes. Who joins is the one who writes; who wrote before goes on
            watching. With --watch nothing is typed, and no terminal is needed. ~. leaves, and the session goes on.

            Example:
              capstan session attach train
              capstan session attach train --watch
            """))

    @Argument(help: "Its id, a unique beginning of it, or its name.", completion: .sessions) var session: String
    @Flag(help: "Only watch.") var watch = false
    @OptionGroup var choice: SessionChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard watch || InputDescriptor().isTerminal else {
            throw Failure.misuse(
                "stdin is no terminal, and who writes needs one", advice: "capstan session attach \(session) --watch")
        }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(session, connector, until: deadline)
        guard place.view.state == .running else {
            throw Failure(
                .failedPrecondition, "\(session) on \(place.node.name) has ended: \(place.view.stateText)",
                advice: "see what it showed: capstan session replay \(session)")
        }
        let kept = try await KeptSession(
            joining: place.view.session, on: place.node, isWriter: !watch, connector, until: deadline)
        let visit = SessionVisit(session: kept, node: place.node.name, name: place.view.name, options: global)
        throw ProgramExit(code: try await visit.run(connector, deadline, redraws: !watch && place.view.tty))
    }
}

/// Somebody before a session that goes on without them.
struct SessionVisit: Sendable {
    let session: KeptSession
    let node: String
    let name: String?
    /// How the program was asked for; empty for one that was there already.
    var program = ""
    let options: GlobalOptions

    /// Carries it until its program ends or its person leaves. - Returns: the code to exit with.
    /// - Parameter redraws: whether a program that fills the screen is asked to draw it again.
    func run(_ connector: HubConnector, _ deadline: Deadline, redraws: Bool) async throws -> Int32 {
        guard InputDescriptor().isTerminal else { return try await watch(connector, deadline) }
        if redraws, let size = LocalTerminal.size {
            try? await session.resize(size)
            try? await session.signal("WINCH", flush: false)
        }
        guard let exit = try await TerminalSession(session, node: node, limit: deadline.rest).run() else {
            StandardError.write(
                "\ncapstan: left \(node); the session goes on: capstan session attach \(name ?? session.id)\n")
            return 0
        }
        if let complaint = exit.complaint(of: program, wasStarted: session.wasStarted) {
            StandardError.write("capstan: \(complaint)\n")
        }
        await connector.close()
        return exit.processCode
    }

    private func watch(_ connector: HubConnector, _ deadline: Deadline) async throws -> Int32 {
        let (output, errors) = (OutputDescriptor(1), OutputDescriptor(2))
        let exit = try await session.follow(within: deadline.rest) { type, bytes in
            try await (type == .stderr ? errors : output).write(bytes)
        }
        session.conclude()
        await connector.close()
        return exit.processCode
    }
}

import CallProtocol
import Daemon
import NIOCore
import Operations

/// A program on one node, joined to this process's own streams and signals.
struct ExecOnNode: Sendable {
    let input: TTYOpenInput
    let node: String
    let passesInput: Bool
    let options: GlobalOptions
    var stdin = InputDescriptor()

    /// Runs it to its end. - Returns: the code to exit with.
    func run(_ connector: HubConnector) async throws -> Int32 {
        let deadline = Deadline(in: options.wait)
        let session = try await open(connector, deadline)
        if input.tty != nil, passesInput, stdin.isTerminal {
            return try await runOnTerminal(session, connector, deadline)
        }
        let interrupts = try Interrupts()
        let voice = RunVoice(printer: options.printer)
        let (output, errors) = (OutputDescriptor(1), OutputDescriptor(2))
        let (exit, unread) = try await withThrowingTaskGroup(of: Failure?.self) { group in
            group.addTask {
                await Self.obey(interrupts, session)
                return nil
            }
            group.addTask { try await Self.feed(passesInput ? stdin : nil, to: session) }
            defer { group.cancelAll() }
            do {
                let exit = try await session.follow(within: deadline.rest) { type, bytes in
                    try await (type == .stderr ? errors : output).write(bytes)
                    voice.passed(type, bytes)
                }
                session.conclude()
                group.cancelAll()
                var unread: Failure?
                while let end = await group.nextResult() { unread = try? end.get() ?? unread }
                return (exit, unread)
            } catch {
                voice.endLine()
                throw session.explained(error, on: node)
            }
        }
        if let complaint = complaint(exit, session) { voice.complain(complaint) }
        await connector.close()
        if let failure = unread {
            // What the program did with half of its input is no success, whatever it says itself.
            voice.complain(failure)
            return failure.exit.rawValue
        }
        return exit.processCode
    }

    /// The same on this process's own terminal.
    private func runOnTerminal(
        _ session: ExecSession, _ connector: HubConnector, _ deadline: Deadline
    ) async throws -> Int32 {
        guard let exit = try await TerminalSession(session, node: node, limit: deadline.rest).run() else {
            StandardError.write("\ncapstan: left \(node)\n")
            return ExitCode.interrupted.rawValue
        }
        if let complaint = complaint(exit, session) { StandardError.write("capstan: \(complaint.message)\n") }
        await connector.close()
        return exit.processCode
    }

    private func complaint(_ exit: SessionExit, _ session: ExecSession) -> Failure? {
        // What an engine or another host started has no number here, and said itself what it had to say.
        let wasStarted = session.opened.pid != nil || input.backend != nil
        return exit.complaint(of: input.cmd.first ?? "", wasStarted: wasStarted).map {
            Failure(exit.code == 127 ? .notFound : ErrorCode(rawValue: "FAILED"), $0)
        }
    }

    /// Opens the session; with `--wait`, a node or a hub that is away is asked again until then.
    func open(_ connector: HubConnector, _ deadline: Deadline) async throws -> ExecSession {
        var pause = RetryPause()
        while true {
            let connection = try await connector.connection(until: deadline)
            do {
                return try await deadline.hold("\(node) did not start the program in time; it was called off") {
                    try await ExecSession(connection.calls, input, node: node)
                }
            } catch let error as CallError {
                let isLoss = connection.isLoss(error)
                guard isLoss, try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    /// Passes the input on to its end; without one the program is told at once that there is none.
    /// - Returns: why the input could not be read to its end. The program has been told that it is over.
    static func feed(_ input: InputDescriptor?, to session: ExecSession) async throws -> Failure? {
        do {
            if let input, !input.isTerminal {
                try await session.feed(input)
            } else {
                try await session.endInput()
            }
        } catch is StreamFailure {
            // The following side learns of it too, and reports it.
        } catch is CancellationError {
        } catch let failure as Failure {
            try? await session.endInput()
            return failure
        }
        return nil
    }

    /// The first Ctrl-C is the program's, the second one ours.
    private static func obey(_ interrupts: Interrupts, _ session: ExecSession) async {
        var isInterrupted = false
        for await wish in interrupts.wishes {
            switch wish {
            case .terminate: try? await session.signal("TERM")
            case .interrupt where !isInterrupted:
                isInterrupted = true
                try? await session.signal("INT")
            case .interrupt:
                session.end("interrupted")
                StandardError.write("capstan: interrupted\n")
                CommandRunner.leave(.interrupted)
            }
        }
    }
}

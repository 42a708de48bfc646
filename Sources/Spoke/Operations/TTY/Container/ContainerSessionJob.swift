import CallProtocol
import Engine
package import Operations
import Processes

/// A program in a container that somebody wants to sit before.
package struct ContainerSessionJob: Codable, Sendable {
    /// The engine's socket; for a carrier, which has to find it by itself.
    package var engine = ""
    /// The container's id.
    package var container: String
    package var kind: TTYOpenInput.Mode
    package var cmd: [String]
    package var env: [String: String]?
    package var user: String?
    package var cwd: String?
    package var tty: TerminalRequest?
    /// Whether the program has a terminal: the one that was asked for, or the container's own.
    package var hasTerminal = false

    init(container: String, kind: TTYOpenInput.Mode, cmd: [String]) {
        self.container = container
        self.kind = kind
        self.cmd = cmd
    }

    /// Starts the program, or joins the container's own. - Throws: what the engine refuses with.
    /// - Parameter guardian: ends the program where this process is gone; nil where something else does.
    func start(
        _ client: EngineClient, guardian: ChildGuard? = nil, clock: any Clock<Duration>
    ) async throws -> ContainerProgram {
        let target =
            switch kind {
            case .exec: try await exec(client)
            case .attach: ContainerTarget.container(container)
            }
        return try await ContainerProgram.start(
            target, hasTerminal: hasTerminal, client, guardian: guardian, clock: clock)
    }

    private func exec(_ client: EngineClient) async throws -> ContainerTarget {
        var env = env ?? [:]
        if let tty, env["TERM"] == nil { env["TERM"] = tty.term ?? "xterm-256color" }
        var body: JSONValue = [
            "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "Tty": .bool(hasTerminal),
            "Cmd": .array(cmd.map { .string($0) }), "Env": ContainerBody.variables(env),
        ]
        // Only newer engines take it; older ones are told after the start.
        if let size = tty?.consoleSize { body["ConsoleSize"] = size }
        if hasTerminal { body["DetachKeys"] = .string(ContainerTarget.detachKeys) }
        if let user { body["User"] = .string(user) }
        if let cwd { body["WorkingDir"] = .string(cwd) }
        let made = try await client.value(
            EngineRequest(.post, ContainerService.path(container, "/exec"), body: .json(body)))
        guard let id = made["Id"]?.stringValue else { throw EngineError.malformed("an exec without an id") }
        return .exec(id: id, container: container)
    }
}

import CallProtocol
import Engine
import Operations

/// Programs in containers of the machine's engine, and the programs of containers themselves.
struct ContainerBackend: TTYBackend {
    let service: ContainerService

    func open(_ input: TTYOpenInput, for caller: Caller) async throws -> TTYOpening {
        guard let name = input.container else {
            throw CallError(.invalidInput, "the backend container needs a `container`: its name or id")
        }
        let view = try await service.find(name, for: ContainerAccess(caller))
        guard view.state == "running" else {
            throw CallError(.failedPrecondition, "container \(view.name) is not running: it is \(view.state)")
        }
        let program: ContainerProgram
        switch input.mode ?? .exec {
        case .exec:
            // Only the start is counted: a shell may be open for days.
            program = try await service.execs.with {
                try await service.asking { try await exec(input, in: view.id, $0) }
            }
        case .attach:
            program = try await service.asking {
                try await ContainerProgram.start(
                    .container(view.id), hasTerminal: view.tty ?? false, $0, clock: service.clock)
            }
        }
        if let terminal = input.tty { program.resize(terminal.size) }
        return .started(program)
    }

    private func exec(
        _ input: TTYOpenInput, in container: String, _ client: EngineClient
    ) async throws -> ContainerProgram {
        guard let program = input.cmd.first, !program.isEmpty else {
            throw CallError(.invalidInput, "cmd names no program")
        }
        var env = input.env ?? [:]
        if let terminal = input.tty, env["TERM"] == nil { env["TERM"] = terminal.term ?? "xterm-256color" }
        let hasTerminal = input.tty != nil
        var body: JSONValue = [
            "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "Tty": .bool(hasTerminal),
            "Cmd": .array(input.cmd.map { .string($0) }), "Env": ContainerBody.variables(env),
        ]
        // Only newer engines take it; older ones are told after the start.
        if let size = input.tty?.consoleSize { body["ConsoleSize"] = size }
        if hasTerminal { body["DetachKeys"] = .string(ContainerTarget.detachKeys) }
        if let user = input.user { body["User"] = .string(user) }
        if let cwd = input.cwd { body["WorkingDir"] = .string(cwd) }
        let made = try await client.value(
            EngineRequest(.post, ContainerService.path(container, "/exec"), body: .json(body)))
        guard let id = made["Id"]?.stringValue else { throw EngineError.malformed("an exec without an id") }
        let exec = ContainerTarget.exec(id: id, container: container)
        return try await ContainerProgram.start(exec, hasTerminal: hasTerminal, client, clock: service.clock)
    }
}

/// What a session in a container is joined to.
enum ContainerTarget: Sendable {
    /// A program that was started for it.
    case exec(id: String, container: String)
    /// The container's own program.
    case container(String)

    /// What an engine takes for a wish to leave: nothing that anyone types. Its usual one holds back every Ctrl-P.
    static let detachKeys = "ctrl-^,ctrl-_,ctrl-^,ctrl-_,ctrl-^,ctrl-_"

    private var path: String {
        switch self {
        case .exec(let id, _): "/exec/" + EngineRequest.escape(id)
        case .container(let id): ContainerService.path(id, "")
        }
    }

    var container: String {
        switch self {
        case .exec(_, let container), .container(let container): container
        }
    }

    /// Asks for the connection that carries input and output.
    func opening(hasTerminal: Bool) -> EngineRequest {
        var request: EngineRequest
        switch self {
        case .exec:
            request = EngineRequest(
                .post, path + "/start", body: .json(["Detach": false, "Tty": .bool(hasTerminal)]))
        case .container:
            let streams = ["stream", "stdin", "stdout", "stderr"].map { (name: $0, value: "1") }
            request = EngineRequest(
                .post, path + "/attach", query: streams + [(name: "detachKeys", value: Self.detachKeys)])
        }
        request.upgrades = true
        return request
    }

    func resizing(_ columns: UInt16, _ rows: UInt16) -> EngineRequest {
        EngineRequest(
            .post, path + "/resize", query: [(name: "h", value: "\(rows)"), (name: "w", value: "\(columns)")])
    }

    /// Whether its program runs, its process on this machine, and how it ended.
    func state(_ client: EngineClient) async throws -> (isRunning: Bool, pid: Int32?, code: Int) {
        let document = try await client.value(EngineRequest(.get, path + "/json"))
        let state =
            switch self {
            case .exec: document
            case .container: document["State"] ?? .null
            }
        let pid = state["Pid"]?.integerValue.flatMap { Int32(exactly: $0) }.flatMap { $0 > 1 ? $0 : nil }
        return (state["Running"]?.boolValue ?? false, pid, Int(clamping: state["ExitCode"]?.integerValue ?? -1))
    }
}

import CallProtocol
import Engine
import Operations
import Processes

/// Programs in containers of the machine's engine, and the programs of containers themselves.
struct ContainerBackend: TTYBackend {
    static let name = "container"

    let service: ContainerService
    /// For what carries a session that is kept.
    let environment: ProgramEnvironment
    let executable: String
    /// Ends what was started for a caller when this process is gone.
    let children: ChildGuard

    func open(_ input: TTYOpenInput, for caller: Caller) async throws -> TTYOpening {
        let job = try await job(input, for: caller)
        let program: ContainerProgram
        switch job.kind {
        case .exec:
            // Only the start is counted: a shell may be open for days.
            program = try await service.execs.with {
                try await service.asking { try await job.start($0, guardian: children, clock: service.clock) }
            }
        case .attach: program = try await service.asking { try await job.start($0, clock: service.clock) }
        }
        if let terminal = input.tty { program.resize(terminal.size) }
        return .started(program)
    }

    func program(_ input: TTYOpenInput, for caller: Caller) async throws -> LocalProgram {
        var job = try await job(input, for: caller)
        job.engine = try await service.asking { $0.address.path }
        let text = try JSONCoding.encode(job).description
        guard text.utf8.count <= ContainerSession.longest else {
            throw CallError(
                .invalidInput,
                "the program's arguments and environment have \(text.utf8.count) bytes; in a session that is kept or recorded \(ContainerSession.longest) are the most"
            )
        }
        let process = ProcessSpec(
            arguments: [executable, ContainerSession.command],
            environment: environment.variables([ContainerSession.variable: text], directory: "/"),
            workingDirectory: "/")
        return LocalProgram(carrying: process, terminal: input.tty?.size)
    }

    /// What is asked for, once it is known that it may be.
    private func job(_ input: TTYOpenInput, for caller: Caller) async throws -> ContainerSessionJob {
        guard let name = input.container else {
            throw CallError(.invalidInput, "the backend container needs a `container`: its name or id")
        }
        let view = try await service.find(name, for: ContainerAccess(caller))
        guard view.state == "running" else {
            throw CallError(.failedPrecondition, "container \(view.name) is not running: it is \(view.state)")
        }
        if input.mode ?? .exec == .exec, input.cmd.first?.isEmpty ?? true {
            throw CallError(.invalidInput, "cmd names no program")
        }
        var job = ContainerSessionJob(container: view.id, kind: input.mode ?? .exec, cmd: input.cmd)
        (job.env, job.user, job.cwd) = (input.env, input.user, input.cwd)
        job.tty = input.tty
        job.hasTerminal = job.kind == .exec ? input.tty != nil : view.tty ?? false
        return job
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

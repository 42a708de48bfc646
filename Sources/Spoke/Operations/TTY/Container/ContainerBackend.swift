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

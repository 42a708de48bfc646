import CallProtocol
import Engine
import Glibc
import NIOCore
import Operations
import Processes

/// Programs run in a container for a caller.
struct ContainerExec {
    let service: ContainerService

    /// Between SIGTERM and SIGKILL, for a program whose caller has gone.
    private static let grace = Duration.seconds(2)
    /// How often an engine that does not answer in time is asked which process a program is.
    private static let looks = 5

    func run(_ input: ContainerExecInput, for access: ContainerAccess, to sink: OutputSink) async throws {
        guard !(input.tty ?? false) else {
            throw CallError(
                .invalidInput,
                "container/exec has no terminal; open one with tty/open, or `capstan shell NODE --container \(input.container)`"
            )
        }
        let view = try await service.find(input.container, for: access)
        try await service.execs.with {
            try await service.asking { client in
                try await run(input, in: view.id, client, sink)
            }
        }
    }

    private func run(
        _ input: ContainerExecInput, in container: String, _ client: EngineClient, _ sink: OutputSink
    ) async throws {
        var body: JSONValue = [
            "AttachStdout": true, "AttachStderr": true, "Cmd": .array(input.cmd.map { .string($0) }),
        ]
        if let env = input.env { body["Env"] = ContainerBody.variables(env) }
        if let user = input.user { body["User"] = .string(user) }
        if let workdir = input.workdir { body["WorkingDir"] = .string(workdir) }
        let made = try await client.value(
            EngineRequest(.post, ContainerService.path(container, "/exec"), body: .json(body)))
        guard let id = made["Id"]?.stringValue else { throw EngineError.malformed("an exec without an id") }
        let target = ContainerTarget.exec(id: id, container: container)
        let code: Int
        do {
            try await pass(target, client, sink)
            code = try await target.outcome(client, clock: service.clock).code
        } catch {
            // The caller has gone, or the answer is lost to him: the program shall not go on alone. A task of its own,
            // because this one may be cancelled and could not ask any more.
            await Task { await end(target, client) }.value
            throw error
        }
        try await sink.send(ContainerExecOutput(exitCode: code))
    }

    private func pass(_ target: ContainerTarget, _ client: EngineClient, _ sink: OutputSink) async throws {
        try await client.ask(target.opening(hasTerminal: false)) { answer in
            try await answer.check()
            var frames = MultiplexDecoder()
            while let bytes = try await answer.next() {
                frames.append(bytes)
                while let piece = try frames.next() {
                    guard piece.bytes.readableBytes > 0 else { continue }
                    let (text, base64) = OutputText.of(piece.bytes)
                    try await sink.send(
                        ContainerExecOutput(
                            stream: piece.output == .stdout ? .stdout : .stderr, text: text, base64: base64))
                }
            }
            try frames.finish()
        }
    }

    /// Ends a program whose caller has gone, and its process group. No engine can be asked for that: it is signalled as the process of this
    /// machine that it is, where it can be seen to belong to the container.
    private func end(_ target: ContainerTarget, _ client: EngineClient) async {
        var state: ContainerTarget.State?
        for _ in 0..<Self.looks where state == nil {
            state = try? await target.stateInTime(client, clock: service.clock)
        }
        guard let process = state.flatMap({ target.process($0) }) else { return }
        _ = process.signalGroup(.terminate)
        _ = try? await inTime(Self.grace, clock: service.clock) { [clock = service.clock] in
            try await process.waitForEnd(clock: clock)
        }
        _ = process.signalGroup(.kill)
    }
}

/// Processes of containers, as this machine sees them.
enum ContainerProcess {
    /// Whether the kernel counts a process to a container: its control group has the container's id in its name.
    static func belongs(_ pid: Int32, to container: String) -> Bool {
        // An engine that names less would name the processes of others.
        guard container.utf8.count == 64, container.allSatisfy(\.isHexDigit) else { return false }
        guard let file = fopen("/proc/\(pid)/cgroup", "re") else { return false }
        defer { fclose(file) }
        var text: [UInt8] = []
        var byte = fgetc(file)
        while byte != EOF, text.count < 64 << 10 {
            text.append(UInt8(truncatingIfNeeded: byte))
            byte = fgetc(file)
        }
        return String(decoding: text, as: UTF8.self).contains(container)
    }
}

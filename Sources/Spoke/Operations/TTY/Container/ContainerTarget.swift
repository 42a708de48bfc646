import CallProtocol
import Engine
import Operations
import Processes

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

    /// What an engine knows of a program.
    struct State {
        let isRunning: Bool
        /// Its process on this machine.
        let pid: Int32?
        /// How it ended; 0 or -1 before it runs.
        let code: Int
    }

    func state(_ client: EngineClient) async throws -> State {
        let document = try await client.value(EngineRequest(.get, path + "/json"))
        let state =
            switch self {
            case .exec: document
            case .container: document["State"] ?? .null
            }
        let pid = state["Pid"]?.integerValue.flatMap { Int32(exactly: $0) }.flatMap { $0 > 1 ? $0 : nil }
        return State(
            isRunning: state["Running"]?.boolValue ?? false, pid: pid,
            code: Int(clamping: state["ExitCode"]?.integerValue ?? -1))
    }

    /// How long the engine may take to say which process it is.
    private static let patience = Duration.seconds(2)

    /// The same from an engine that may hang; nil then.
    func stateInTime(_ client: EngineClient, clock: any Clock<Duration>) async throws -> State? {
        try await inTime(Self.patience, clock: clock) { try await state(client) }
    }

    /// The process of this machine that it is; nil where there is none to be seen that belongs to the container.
    func process(_ state: State, guardian: ChildGuard? = nil) -> ForeignProcess? {
        guard state.isRunning, let pid = state.pid else { return nil }
        return ForeignProcess(pid, guardian: guardian) { ContainerProcess.belongs($0, to: container) }
    }

    /// How it ended, which the engine knows a moment later than its output or its process have.
    @Sendable func outcome(_ client: EngineClient, clock: any Clock<Duration>) async throws -> TTYExit {
        var pause = Duration.milliseconds(1)
        while true {
            let state = try await state(client)
            guard state.isRunning else { return TTYExit(code: state.code) }
            if case .container = self, pause > .milliseconds(500) {
                return TTYExit(code: -1, error: "the engine ended the connection, and the container goes on")
            }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(600))
        }
    }
}

import CallProtocol
import Engine
import NIOCore
import Operations
import Processes
import Synchronization

/// A program in a container, joined by one connection of the engine.
final class ContainerProgram: Sendable {
    let target: ContainerTarget
    let hasTerminal: Bool
    let client: EngineClient
    let clock: any Clock<Duration>
    /// Ends the program where this process is gone; nil where something else does.
    let guardian: ChildGuard?
    let input = ByteQueue()
    let outputs: [ProcessOutput: ByteQueue]
    let state = Mutex(State())
    let changed = Signal()

    struct State {
        /// Nil before the engine agreed or refused.
        var start: Result<Void, any Error>?
        var exit: TTYExit?
        var talk: Task<Void, Never>?
        /// The size that its terminal shall have, while it has another.
        var wanted: TerminalSize?
        var isResizing = false
        var process: ForeignProcess?
        /// How it ended, where others hold its output and nothing comes of it any more.
        var ended: TTYExit?
        /// Portions that have come from the engine, and whether one waits for who reads it.
        var arrived: UInt64 = 0
        var isPushing = false
    }

    private init(
        _ target: ContainerTarget, hasTerminal: Bool, _ client: EngineClient, guardian: ChildGuard?,
        clock: any Clock<Duration>
    ) {
        self.target = target
        self.hasTerminal = hasTerminal
        self.client = client
        self.clock = clock
        self.guardian = guardian
        outputs = [.stdout: ByteQueue(), .stderr: ByteQueue()]
        if hasTerminal { outputs[.stderr]?.finish() }
    }

    /// Joins it. - Throws: what the engine refuses with.
    static func start(
        _ target: ContainerTarget, hasTerminal: Bool, _ client: EngineClient, guardian: ChildGuard?,
        clock: any Clock<Duration>
    ) async throws -> ContainerProgram {
        let program = ContainerProgram(
            target, hasTerminal: hasTerminal, client, guardian: guardian, clock: clock)
        // A task of its own: the connection lasts as long as the program, whoever waits for it.
        let talk = Task { await program.talk() }
        program.state.withLock { $0.talk = talk }
        do {
            try await program.started()
        } catch {
            // Whoever asked may be gone in the moment in which the engine agrees: what runs then is ended.
            Task { await program.terminate(clock: clock) }
            throw error
        }
        return program
    }

    /// Returns when the engine has agreed.
    @Sendable func started() async throws {
        while true {
            let count = changed.count
            if let start = state.withLock({ $0.start }) { return try start.get() }
            try await changed.wait(after: count)
        }
    }

    private func note(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        changed.fire()
    }

    /// Carries both directions until the engine has no more to say, and finds out how the program ended.
    private func talk() async {
        var exit: TTYExit
        do {
            try await client.ask(target.opening(hasTerminal: hasTerminal)) { answer in
                try await answer.check()
                self.note { $0.start = .success(()) }
                let output = answer.output
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while let bytes = try await self.input.next() { try await output.write(bytes) }
                        output.finish()
                    }
                    group.addTask { await self.watch() }
                    try await self.listen(&answer)
                    group.cancelAll()
                }
            }
            input.close()
            exit = try await target.outcome(client, clock: clock)
        } catch {
            note { $0.start = $0.start ?? .failure(error) }
            exit =
                state.withLock { $0.ended }
                ?? TTYExit(code: -1, error: "the engine does not tell how it ended: \(error)")
        }
        input.close()
        for output in outputs.values { output.finish() }
        note { $0.exit = exit }
    }

    /// It has ended, and nothing comes of it any more, though others hold its output: the connection is let go.
    func conclude(_ exit: TTYExit) {
        let talk = state.withLock { state in
            state.ended = exit
            return state.talk
        }
        talk?.cancel()
    }

    /// How many portions have come from the engine; nil while one waits for who reads it.
    var arrived: UInt64? { state.withLock { $0.isPushing ? nil : $0.arrived } }

    private func push(_ bytes: ByteBuffer, to output: ProcessOutput) async throws {
        state.withLock { ($0.isPushing, $0.arrived) = (true, $0.arrived &+ 1) }
        defer { state.withLock { $0.isPushing = false } }
        try await outputs[output]?.push(bytes)
    }

    private func listen(_ answer: inout EngineAnswer) async throws {
        guard !hasTerminal else {
            while let bytes = try await answer.next() { try await push(bytes, to: .stdout) }
            return
        }
        var frames = MultiplexDecoder()
        while let bytes = try await answer.next() {
            frames.append(bytes)
            while let piece = try frames.next() {
                try await push(piece.bytes, to: piece.output == .stdout ? .stdout : .stderr)
            }
        }
        try frames.finish()
    }

    /// Notes which size its terminal shall have. True for whoever is to see to it.
    func want(_ size: TerminalSize) -> Bool {
        state.withLock { state in
            state.wanted = size
            defer { state.isResizing = true }
            return !state.isResizing
        }
    }

    /// The size to be set now; nil when that is done, and the next who wants one sees to it.
    func wantedSize() -> TerminalSize? {
        state.withLock { state in
            guard let size = state.wanted.take() else {
                state.isResizing = false
                return nil
            }
            return size
        }
    }

    /// The process of this machine that it was found to be; the first one that was found stays it.
    var found: ForeignProcess? {
        get { state.withLock { $0.process } }
        set { state.withLock { $0.process = $0.process ?? newValue } }
    }

    /// Whether another size than the one at hand is wanted.
    var wantsAnotherSize: Bool { state.withLock { $0.wanted != nil } }

    /// Ends the connection; what it carried ends with it.
    func disconnect() async {
        let talk = state.withLock { $0.talk }
        talk?.cancel()
        await talk?.value
    }
}

import CallProtocol
import Logging
import NIOCore
import Operations
import Processes
import Synchronization

/// Runs programs for callers who stay: their input and output go over the caller's stream.
final class TTYService: Sendable {
    /// Bytes of stdin that a caller may have unacknowledged.
    static let stdinWindow = 1 << 20

    private let backends: [String: any TTYBackend]
    private let sessions: SessionService
    private let clock: any Clock<Duration>
    private let newID: @Sendable () -> String
    private let open = Mutex(0)
    /// Fires when a session begins or ends.
    let changed = Signal()

    /// - Parameter backends: by the names under which callers ask for them.
    init(
        backends: [String: any TTYBackend], sessions: SessionService, clock: any Clock<Duration>,
        newID: @escaping @Sendable () -> String
    ) {
        self.backends = backends
        self.sessions = sessions
        self.clock = clock
        self.newID = newID
    }

    /// How many sessions are open.
    var openCount: Int { open.withLock { $0 } }

    func serve(_ input: TTYOpenInput, _ context: CallContext, _ stream: SessionStream) async throws {
        let name = input.backend ?? Self.localName
        guard let backend = backends[name] else {
            let known = backends.keys.sorted().joined(separator: ", ")
            throw CallError(.notFound, "there is no backend \"\(name)\" on this node; there are \(known)")
        }
        let keeps = input.session?.keep ?? false
        if keeps || (sessions.configuration.recordsSessions && input.tty != nil) {
            let program = try await backend.program(input, for: context.caller)
            return try await SessionOpening(service: sessions, input: input).open(program, context.caller, stream)
        }
        switch try await backend.open(input, for: context.caller) {
        case .notStarted(let exit):
            try stream.accept(TTYOpened(session: newID(), stdinWindow: Self.stdinWindow, pid: nil))
            try await ProgramSession.sendEnd(exit.json, to: stream)
        case .started(let program, let typesSignals): try await carry(program, typesSignals, stream)
        }
    }

    private func carry(_ program: any TTYHandle, _ typesSignals: Bool, _ stream: SessionStream) async throws {
        count(1)
        defer { count(-1) }
        let session = ProgramSession(
            program: program, typesSignals: typesSignals, stream: stream, window: Self.stdinWindow, clock: clock)
        do {
            try stream.accept(
                TTYOpened(session: newID(), stdinWindow: Self.stdinWindow, pid: program.processID))
        } catch {
            await program.terminate(clock: clock)
            throw error
        }
        try await session.run()
    }

    static let localName = "local"

    private func count(_ change: Int) {
        open.withLock { $0 += change }
        changed.fire()
    }
}

import CallProtocol
import Operations
import Processes

/// Callers at a session's door.
struct SessionOpening: Sendable {
    let service: SessionService
    let input: TTYOpenInput

    /// Starts the program and stays with its caller.
    func open(_ program: LocalProgram, _ caller: Caller, _ stream: SessionStream) async throws {
        switch try await service.start(program, input, for: caller) {
        case .failed(let id, let exit):
            try stream.accept(TTYOpened(session: id, stdinWindow: SessionConnection.inputWindow, pid: nil))
            try await ProgramSession.sendEnd(exit.json, to: stream)
        case .started(let id, let pid):
            var attach = TTYAttachInput(session: id)
            attach.offset = 0
            let signals = SignalWay(backend: input.backend, hasTerminal: input.tty != nil)
            try await Self.join(
                service, id, attach, pid: Int(pid), hasTerminal: input.tty != nil, signals: signals, stream)
        }
    }

    /// Joins a session that is there.
    static func attach(_ input: TTYAttachInput, _ service: SessionService, _ stream: SessionStream) async throws {
        let view = try await service.find(input.session)
        var input = input
        if input.offset == nil {
            let path = SupervisorClient.recordingPath(service.directory(view.session))
            let rows = view.rows ?? 24
            input.offset = Int64(clamping: try await offload { SessionTail.screen(of: path, rows: rows) })
        }
        try await join(
            service, view.session, input, pid: view.pid, hasTerminal: view.tty,
            signals: SignalWay(backend: view.backend, hasTerminal: view.tty), stream)
    }

    private static func join(
        _ service: SessionService, _ id: String, _ input: TTYAttachInput, pid: Int?, hasTerminal: Bool,
        signals: SignalWay, _ stream: SessionStream
    ) async throws {
        let directory = service.directory(id)
        let offset = UInt64(clamping: input.offset ?? 0)
        let isWriter = input.write ?? true
        let connection = try await SessionConnection.join(
            directory, from: offset, isWriter: isWriter, epoch: input.writer.map { UInt64(clamping: $0) })
        let opened = TTYOpened(
            session: id, offset: Int64(clamping: offset), stdinOffset: Int64(clamping: connection?.accepted ?? 0),
            acknowledged: Int64(clamping: connection?.written ?? 0), window: SessionConnection.inputWindow,
            writer: connection.flatMap { $0.epoch > 0 ? Int64(clamping: $0.epoch) : nil }, pid: pid)
        let relay = SessionRelay(
            directory, connection, pid: pid, hasTerminal: hasTerminal, isWriter: isWriter, signals: signals,
            stream: stream)
        do {
            try stream.accept(opened)
        } catch {
            connection?.close()
            throw error
        }
        try await relay.run(from: offset)
    }
}

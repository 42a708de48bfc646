import CallProtocol
import NIOCore
import Operations
import Synchronization

/// A session that goes on without us, as one who joins it again by himself when the link was lost: no byte is missed or
/// repeated in either direction.
final class KeptSession: ProgramCarrier {
    let id: String
    /// How calls name the node.
    let node: String
    /// How it is called in what is said of it.
    let nodeName: String
    let isWriter: Bool
    /// Whether there ever was a program.
    let wasStarted: Bool
    let connector: HubConnector
    let state: Mutex<State>
    /// Held while something is sent, and while the session is joined again.
    let turn = AsyncLock()

    struct State: Sendable {
        var current: ExecSession
        /// The offset of the output that comes next.
        var place: Int64
        /// By which the session knows us as the one who wrote.
        var writer: Int64?
        var input: SentInput
        var size: TerminalRequest?
        var isOver = false
        /// Whether somebody else writes now.
        var isReplaced = false
    }

    /// - Parameter session: as it was opened, or joined.
    init(_ session: ExecSession, on node: FleetNode, isWriter: Bool, _ connector: HubConnector) {
        id = session.opened.session
        (self.node, nodeName) = (node.id, node.name)
        self.isWriter = isWriter
        wasStarted = session.opened.pid != nil
        self.connector = connector
        state = Mutex(
            State(
                current: session, place: session.opened.offset, writer: session.opened.writer,
                input: SentInput(from: session.opened.stdinOffset)))
    }

    /// Joins a session that is there.
    convenience init(
        joining session: String, on node: FleetNode, isWriter: Bool, _ connector: HubConnector, until deadline: Deadline
    ) async throws {
        let connection = try await connector.connection(until: deadline)
        let input = TTYAttachInput(session: session, write: isWriter)
        let (opened, stream) = try await connection.calls.session(
            TTYOperations.attach, input, .init(node: .named(node.id)))
        self.init(ExecSession(opened, stream), on: node, isWriter: isWriter, connector)
    }

    func followed(
        _ output: @escaping @Sendable (ChunkType, ByteBuffer) async throws -> Void
    ) async throws -> SessionExit {
        defer { state.withLock { $0.isOver = true } }
        while true {
            let session = state.withLock { $0.current }
            do {
                return try await session.follow(news: take) { type, bytes in
                    try await output(type, bytes)
                    state.withLock { $0.place += Int64(bytes.readableBytes) }
                }
            } catch let error as CallError {
                guard Self.isLoss(error), !state.withLock({ $0.isOver }) else { throw error }
                try await rejoin()
                let (current, isOver) = state.withLock { ($0.current, $0.isOver) }
                guard !isOver else {
                    current.end("its person left")
                    throw CancellationError()
                }
            }
        }
    }

    private func take(_ news: SessionControl) {
        switch news {
        case .ack(let total): state.withLock { $0.input.acknowledge(total) }
        case .gap(let end):
            state.withLock { $0.place = max($0.place, end) }
            StandardError.write("\r\n[capstan: output is missing here: it is not kept any more]\r\n")
        case .replaced:
            state.withLock { $0.isReplaced = true }
            StandardError.write("\r\n[capstan: somebody else writes here now; you watch]\r\n")
        case .exit, .other: break
        }
    }

    /// Whether what is typed here is the program's.
    var mayWrite: Bool { isWriter && !state.withLock { $0.isReplaced } }

    func type(_ bytes: ByteBuffer) async throws -> Bool {
        var rest = bytes
        while rest.readableBytes > 0 {
            let taken: Int? = await turn.withLock {
                let (session, isOver) = state.withLock { ($0.current, $0.isOver) }
                guard !isOver else { return nil }
                guard mayWrite else { return rest.readableBytes }
                // Where the link is lost, whoever follows waits for the turn to join again.
                guard let room = await session.room(for: rest.readableBytes) else { return 0 }
                guard let piece = rest.getSlice(at: rest.readerIndex, length: min(room, rest.readableBytes)) else {
                    return nil
                }
                state.withLock { $0.input.add(piece) }
                // What is not sent now is sent when the session is joined again.
                try? await session.pass(piece)
                return piece.readableBytes
            }
            guard let taken else { return false }
            rest.moveReaderIndex(forwardBy: taken)
            if taken == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        return true
    }

    func typeNow(_ bytes: ByteBuffer) -> Bool {
        guard mayWrite else { return false }
        return turn.withLockNow {
            state.withLock { state in
                guard !state.isOver, state.current.typeNow(bytes) else { return false }
                state.input.add(bytes)
                return true
            }
        } ?? false
    }

    func resize(_ size: TerminalRequest) async throws {
        let session = state.withLock { state in
            state.size = size
            return state.current
        }
        try await session.resize(size)
    }

    func signal(_ name: String, flush: Bool) async throws {
        try await state.withLock { $0.current }.signal(name, flush: flush)
    }

    /// All links of this process are on one event loop.
    var eventLoop: (any EventLoop)? { state.withLock { $0.current }.eventLoop }

    var isOwed: Bool { state.withLock { $0.current }.isOwed }

    var isStuck: Bool { state.withLock { $0.current }.isStuck }

    func end(_ reason: String) {
        let session = state.withLock { state in
            state.isOver = true
            return state.current
        }
        session.end(reason)
    }

    func conclude() { state.withLock { $0.current }.conclude() }

    func explained(_ error: any Error, on node: String) -> any Error {
        if error is TimeOver {
            return Failure(
                .timeout, "the program on \(node) did not end in the time of --wait; it goes on",
                advice: "join it again: capstan session attach \(id)")
        }
        return error
    }
}

import CallProtocol
import NIOCore
import Operations
import Synchronization

/// One program on one node: opened, fed, and followed to its exit.
final class ExecSession: ProgramCarrier {
    let opened: TTYOpened
    private let stream: SessionStream
    private let window: StdinWindow
    /// Input and signals come from different tasks.
    private let writing = AsyncLock()
    private let inputEnded = Mutex(false)
    /// Bytes of stdin in one chunk.
    private static let portion = 64 * 1024
    /// A program that takes its input has taken it by then.
    private static let patience = Duration.milliseconds(200)

    /// Asks for the program; returns when the node has accepted.
    convenience init(_ calls: CallClient, _ input: TTYOpenInput, node: String) async throws(CallError) {
        let (opened, stream) = try await calls.session(TTYOperations.open, input, .init(node: .named(node)))
        self.init(opened, stream)
    }

    /// What a node has accepted.
    init(_ opened: TTYOpened, _ stream: SessionStream) {
        (self.opened, self.stream) = (opened, stream)
        window = StdinWindow(
            limit: opened.stdinWindow, sent: opened.stdinOffset,
            acknowledged: opened.stdinAcknowledged ?? opened.stdinOffset)
    }

    /// Passes output on until the program has ended.
    ///
    /// - Parameters:
    ///   - news: gets what is told besides, but for the exit.
    ///   - output: gets each portion of stdout and stderr in order.
    /// - Throws: `CallError` when the session broke before; whatever `output` throws, after ending the session.
    func follow(
        news: (SessionControl) -> Void = { _ in }, _ output: (ChunkType, ByteBuffer) async throws -> Void
    ) async throws -> SessionExit {
        defer { window.close() }
        do {
            while let part = try await stream.next() {
                switch part {
                case .bytes(let type, let bytes): try await output(type, bytes)
                case .empty: continue
                case .control(let payload):
                    let control = SessionControl(payload)
                    if case .exit(let exit) = control { return exit }
                    if case .ack(let total) = control { window.acknowledge(total) }
                    news(control)
                }
            }
        } catch let failure as StreamFailure {
            throw CallError(failure)
        } catch {
            end("the caller stopped")
            throw error
        }
        throw CallError(.internalError, "the session ended without telling how the program ended")
    }

    /// Passes `input` on until it ends, or the program does; then says that the input is over.
    func feed(_ input: InputDescriptor) async throws {
        while let room = await window.room(for: Self.portion) {
            var buffer = ByteBufferAllocator().buffer(capacity: Chunk.headerLength + room)
            // The header's place is kept, so that the bytes are read to where they are sent from.
            buffer.writeRepeatingByte(ChunkType.stdin.rawValue, count: Chunk.headerLength)
            let count = try await input.read(into: &buffer, limit: room)
            guard count > 0 else { break }
            buffer.setInteger(UInt32(count), at: 1)
            window.sent(count)
            try await send(buffer)
        }
        try await endInput()
    }

    /// Sends what was typed, as the program takes it. - Returns: false when it takes nothing any more.
    func type(_ bytes: ByteBuffer) async throws -> Bool {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            guard let room = await room(for: bytes.readableBytes) else { return false }
            guard let piece = bytes.readSlice(length: min(room, bytes.readableBytes)) else { return false }
            try await pass(piece)
        }
        return true
    }

    func typeNow(_ bytes: ByteBuffer) -> Bool {
        guard bytes.readableBytes <= Self.portion else { return false }
        return writing.withLockNow {
            guard window.fits(bytes.readableBytes), stream.sendRawNow(Self.chunk(bytes)) else { return false }
            window.sent(bytes.readableBytes)
            return true
        } ?? false
    }

    private static func chunk(_ bytes: ByteBuffer) -> ByteBuffer {
        var chunk = ByteBuffer()
        chunk.reserveCapacity(Chunk.headerLength + bytes.readableBytes)
        chunk.writeChunk(.stdin, bytes)
        return chunk
    }

    /// How much of so many bytes may be sent now, at least one; nil once nothing is taken any more.
    func room(for bytes: Int) async -> Int? { await window.room(for: min(Self.portion, bytes)) }

    /// Sends input that there is room for.
    func pass(_ bytes: ByteBuffer) async throws(StreamFailure) {
        window.sent(bytes.readableBytes)
        try await send(Self.chunk(bytes))
    }

    func resize(_ size: TerminalRequest) async throws(StreamFailure) {
        try await control(SessionControl.resize(size))
    }

    /// The program's input is over. The stream stays open, for signals.
    func endInput() async throws(StreamFailure) {
        inputEnded.withLock { $0 = true }
        try await control(SessionControl.endOfInput)
    }

    /// - Parameters:
    ///   - name: without SIG.
    ///   - flush: whether input that the program has not taken is thrown away, as a terminal does at Ctrl-C.
    func signal(_ name: String, flush: Bool = false) async throws(StreamFailure) {
        try await control(SessionControl.signal(name, flush: flush))
    }

    var eventLoop: (any EventLoop)? { stream.eventLoop }

    /// Whether the program has not taken all of its input that was sent.
    var isOwed: Bool { window.isStuck(for: .zero) }

    /// Whether the program takes nothing of its input for the moment.
    var isStuck: Bool { window.isStuck(for: Self.patience) }

    /// Ends the session at once; its program with it. Without effect after its end.
    func end(_ reason: String) {
        window.close()
        stream.reset(.aborted, reason)
    }

    /// The program has ended. Input that nobody takes any more must not keep its task waiting, so a stream that still
    /// carries some is reset instead of closed.
    func conclude() {
        guard inputEnded.withLock({ $0 }) else { return end("the program has ended") }
        window.close()
        stream.finish()
    }

    private func control(_ value: JSONValue) async throws(StreamFailure) {
        var buffer = ByteBuffer()
        buffer.writeChunk(.control, RawJSON(value).buffer)
        try await send(buffer)
    }

    private func send(_ bytes: ByteBuffer) async throws(StreamFailure) {
        try await writing.withLock { () async throws(StreamFailure) in try await stream.sendRaw(bytes) }
    }
}

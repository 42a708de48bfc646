import CallProtocol
import NIOCore
import Operations
import Synchronization

/// One program on one node: opened, fed, and followed to its exit.
final class ExecSession: Sendable {
    let opened: TTYOpened
    private let stream: SessionStream
    private let window: StdinWindow
    /// Input and signals come from different tasks.
    private let writing = AsyncLock()
    private let inputEnded = Mutex(false)
    /// Bytes of stdin in one chunk.
    private static let portion = 64 * 1024

    /// Asks for the program; returns when the node has accepted.
    init(_ calls: CallClient, _ input: TTYOpenInput, node: String) async throws(CallError) {
        (opened, stream) = try await calls.session(TTYOperations.open, input, .init(node: .named(node)))
        window = StdinWindow(limit: opened.stdinWindow)
    }

    /// Passes output on until the program has ended.
    ///
    /// - Parameter output: gets each portion of stdout and stderr in order.
    /// - Throws: `CallError` when the session broke before; whatever `output` throws, after ending the session.
    func follow(_ output: (ChunkType, ByteBuffer) async throws -> Void) async throws -> SessionExit {
        defer { window.close() }
        do {
            while let part = try await stream.next() {
                switch part {
                case .bytes(let type, let bytes): try await output(type, bytes)
                case .empty: continue
                case .control(let payload):
                    switch SessionControl(payload) {
                    case .ack(let total): window.acknowledge(total)
                    case .exit(let exit): return exit
                    case .other: continue
                    }
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

    /// The program's input is over. The stream stays open, for signals.
    func endInput() async throws(StreamFailure) {
        inputEnded.withLock { $0 = true }
        try await control(SessionControl.endOfInput)
    }

    /// - Parameter name: without SIG.
    func signal(_ name: String) async throws(StreamFailure) {
        try await control(SessionControl.signal(name))
    }

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

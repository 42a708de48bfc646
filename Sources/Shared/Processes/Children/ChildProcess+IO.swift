package import NIOCore
import Synchronization

/// Bytes to and from the program. One reader a stream and one writer at a time; the streams are independent.
extension ChildProcess {
    /// Up to `max` bytes as soon as there are any, nil at the end of the stream.
    /// Throws `CancellationError` promptly when cancelled, without losing bytes.
    package func read(_ stream: ProcessOutput, max: Int = 65_536) async throws -> [UInt8]? {
        let capacity = Swift.max(max, 1)
        while true {
            var result = ReadResult.wouldBlock
            let bytes = try [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                result = try readNow(stream, into: UnsafeMutableRawBufferPointer(buffer))
                if case .bytes(let read) = result { count = read }
            }
            switch result {
            case .bytes: return bytes
            case .end: return nil
            case .wouldBlock: try await waitReadable(stream)
            }
        }
    }

    /// Reads what is there into `buffer`, without waiting.
    package func readNow(
        _ stream: ProcessOutput, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ProcessIOError) -> ReadResult {
        if let reader = reader(of: stream), let result = reader.take(into: buffer) { return result }
        return try end(stream)?.read(into: buffer) ?? .end
    }

    /// Lets an event loop read its terminal, for who passes on from there what it says: they are woken sooner. Without effect on
    /// pipes. Before anything is read.
    package func readTerminal(on loop: any EventLoop) {
        guard hasTerminal,
            let reader = end(.stdout)?.withDescriptor({ TerminalReader($0, on: loop) }) ?? nil
        else { return }
        self.reader.withLock { $0 = reader }
        // Its terminal is hung up on when it has ended, and not before.
        Task { [watch] in
            _ = try? await watch.waitForExit()
            reader.stop()
        }
    }

    private func reader(of stream: ProcessOutput) -> TerminalReader? {
        stream == .stdout ? reader.withLock { $0 } : nil
    }

    /// Returns when `readNow` would bring something, the end included; may return too early.
    /// Throws `CancellationError` when cancelled.
    package func waitReadable(_ stream: ProcessOutput) async throws {
        if let reader = reader(of: stream), try await reader.ready() { return }
        try await end(stream)?.ready()
    }

    /// Stops reading a stream: the program gets SIGPIPE or EPIPE when it writes more. Waiting readers see the end.
    package func closeOutput(_ stream: ProcessOutput) {
        end(stream)?.close()
        if stream == .stdout { reader.withLock { $0.take() }?.stop() }
    }

    /// Writes what fits at the moment. Throws `ProcessIOError.closed` when nobody reads it any more.
    package func writeNow(_ bytes: UnsafeRawBufferPointer) throws(ProcessIOError) -> WriteResult {
        try input.write(bytes)
    }

    /// Returns when `writeNow` would take something or fail; may return too early. Throws `CancellationError` when cancelled.
    package func waitWritable() async throws { try await input.ready() }

    /// Nothing more is written. Harmless when closed already; a waiting write throws `closed`.
    package func closeStdin() { input.close() }

    /// How its terminal takes input; nil without one.
    package var terminalInput: TerminalInput? {
        hasTerminal ? input.withDescriptor { PseudoTerminal.input($0) } ?? nil : nil
    }

    /// End of input for the program: its pipe is closed; on a terminal what its person would type for it is written, and
    /// one that passes every byte on has nothing of the kind.
    /// - Parameter isInLine: whether the last byte written was no newline.
    package func endInput(isInLine: Bool) async throws {
        guard hasTerminal else { return closeStdin() }
        var rest = (terminalInput?.endKeys(isInLine: isInLine) ?? [])[...]
        while !rest.isEmpty {
            switch try rest.withUnsafeBytes({ try input.write($0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try await waitWritable()
            }
        }
    }

    /// Throws away what was written to its terminal and not read; nothing happens without one.
    package func flushInput() {
        guard hasTerminal else { return }
        _ = input.withDescriptor { PseudoTerminal.flushInput($0) }
    }
}

import NIOCore
import Operations
import Processes
import Synchronization

/// The program as a session sees it.
extension ContainerProgram: TTYHandle {
    var processID: Int? { nil }

    func readNow(
        _ output: ProcessOutput, into room: UnsafeMutableRawBufferPointer
    ) throws(ProcessIOError) -> ReadResult {
        outputs[output]?.read(into: room) ?? .end
    }

    /// All that is there, as soon as there is something; nil at the end.
    func next(_ output: ProcessOutput) async throws -> ByteBuffer? { try await outputs[output]?.next() }

    func waitReadable(_ output: ProcessOutput) async throws { try await outputs[output]?.waitReadable() }

    func closeOutput(_ output: ProcessOutput) { outputs[output]?.close() }

    func writeNow(_ bytes: UnsafeRawBufferPointer) throws(ProcessIOError) -> WriteResult {
        guard hasTerminal, let end = Self.endOfSignalKey(in: bytes) else { return try input.write(bytes) }
        let result = try input.write(.init(rebasing: bytes[..<end]))
        if case .bytes(end) = result { attend(bytes[end - 1]) }
        return result
    }

    /// As `writeNow`, for all of it; waits while there is no room. Throws `CancellationError`.
    func write(_ bytes: ByteBuffer) async throws {
        var rest = bytes
        while rest.readableBytes > 0 {
            switch try rest.withUnsafeReadableBytes({ try writeNow($0) }) {
            case .bytes(let count): rest.moveReaderIndex(forwardBy: count)
            case .wouldBlock: try await waitWritable()
            }
        }
    }

    func waitWritable() async throws { try await input.waitWritable() }

    func closeStdin() { input.finish() }

    func endInput(isInLine: Bool) async throws {
        // The container's own program is not the caller's to end.
        guard case .exec = target else { return }
        guard hasTerminal else { return input.finish() }
        // Where the terminal is not to be seen, it is as terminals are at first.
        let keys = await terminalInput()?.endKeys(isInLine: isInLine) ?? TerminalInput.usualEndKeys(isInLine: isInLine)
        if !keys.isEmpty { try await input.push(ByteBuffer(bytes: keys)) }
    }

    func exit() async throws -> TTYExit {
        while true {
            let count = changed.count
            if let exit = state.withLock({ $0.exit }) { return exit }
            try await changed.wait(after: count)
        }
    }
}

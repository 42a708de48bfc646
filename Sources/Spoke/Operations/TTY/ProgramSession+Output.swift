import CallProtocol
import NIOCore
import Processes

/// From the program to the caller.
extension ProgramSession {
    /// What a person types or a program echoes at once is less than this.
    static var fewBytes: Int { 256 }
    /// Reads smaller than this are copied, so that a queue of short chunks does not hold a whole buffer for each.
    private static var smallRead: Int { 16 * 1024 }
    /// What a program can have left in its pipe is less than this.
    private static var mostInPipe: Int { 1 << 20 }
    private static var step: Duration { .milliseconds(50) }
    /// Steps of silence after the end, and steps at all, before output that is still open is given up.
    private static var quietSteps: Int { 5 }
    private static var mostSteps: Int { 40 }

    /// Sends an output of the program, as it comes, to its end.
    func pump(_ output: ProcessOutput, as type: ChunkType) async throws -> Step {
        var chunk = ByteBufferAllocator().buffer(capacity: Chunk.headerLength + Chunk.preferredLength)
        var late = 0
        while true {
            chunk.clear()
            chunk.writeMultipleIntegers(type.rawValue, UInt32(0))
            switch try read(output, into: &chunk) {
            case .bytes(let count):
                chunk.setInteger(UInt32(count), at: chunk.readerIndex + 1)
                progress.move(count)
                if progress.isLate {
                    late += count
                    if late > Self.mostInPipe { return abandon(output) }
                }
                // Few bytes are mostly all it said, and somebody waits for them.
                guard count < Self.fewBytes else {
                    try await send(withOwed(count < Self.smallRead ? Self.fitted(chunk) : chunk))
                    continue
                }
                try await sendAtOnce(withOwed(Self.fitted(chunk)))
                _ = try await waitForMore(output)
            case .wouldBlock:
                guard try await waitForMore(output) else { return abandon(output) }
            case .end:
                progress.set(.done, output)
                return .drained
            }
        }
    }

    /// Waits for the program to say more; false when it is too late for that.
    private func waitForMore(_ output: ProcessOutput) async throws -> Bool {
        guard progress.beginWaiting(output) else { return false }
        try await program.waitReadable(output)
        progress.set(.moving, output)
        return true
    }

    private func read(_ output: ProcessOutput, into chunk: inout ByteBuffer) throws(ProcessIOError) -> ReadResult {
        var result = Result<ReadResult, ProcessIOError>.success(.wouldBlock)
        chunk.writeWithUnsafeMutableBytes(minimumWritableBytes: Chunk.preferredLength) { room in
            let room = UnsafeMutableRawBufferPointer(rebasing: room[..<Chunk.preferredLength])
            do throws(ProcessIOError) {
                result = .success(try program.readNow(output, into: room))
            } catch {
                result = .failure(error)
            }
            if case .success(.bytes(let count)) = result { return count }
            return 0
        }
        return try result.get()
    }

    /// A chunk, and what is owed of the input behind it.
    private func withOwed(_ chunk: ByteBuffer) -> ByteBuffer {
        guard let total = owed.take() else { return chunk }
        var chunks = chunk
        chunks.writeAcknowledgement(total)
        return chunks
    }

    private static func fitted(_ chunk: ByteBuffer) -> ByteBuffer {
        var copy = ByteBufferAllocator().buffer(capacity: chunk.readableBytes)
        copy.writeImmutableBuffer(chunk)
        return copy
    }

    private func abandon(_ output: ProcessOutput) -> Step {
        progress.giveUp()
        progress.set(.done, output)
        program.closeOutput(output)
        return .drained
    }

    /// After the program's end: output that something else holds open is given up after 250 ms of silence, and after
    /// 2 s in any case. Time in which the caller does not take output is no silence.
    func limitDraining() async throws -> Step {
        var quiet = 0
        var moved = progress.moved
        for _ in 1...Self.mostSteps {
            try await clock.sleep(for: Self.step)
            let now = progress.moved
            quiet = now == moved && progress.isSilent ? quiet + 1 : 0
            moved = now
            if quiet >= Self.quietSteps { break }
        }
        // A pump that waits is woken by this and sees the end.
        for output in progress.giveUpWaiting() { program.closeOutput(output) }
        return .lateTold
    }
}

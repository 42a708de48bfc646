/// Bytes to and from the program. One reader a stream and one writer at a time; the streams are independent.
extension PipeProcess {
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
        try end(stream).read(into: buffer)
    }

    /// Returns when `readNow` would bring something, the end included; may return too early.
    /// Throws `CancellationError` when cancelled.
    package func waitReadable(_ stream: ProcessOutput) async throws {
        try await end(stream).ready()
    }

    /// Stops reading a stream: the program gets SIGPIPE or EPIPE when it writes more. Waiting readers see the end.
    package func closeOutput(_ stream: ProcessOutput) { end(stream).close() }

    /// Writes what fits at the moment. Throws `ProcessIOError.closed` when nobody reads it any more.
    package func writeNow(_ bytes: UnsafeRawBufferPointer) throws(ProcessIOError) -> WriteResult {
        try stdin.write(bytes)
    }

    /// Returns when `writeNow` would take something or fail; may return too early. Throws `CancellationError` when cancelled.
    package func waitWritable() async throws { try await stdin.ready() }

    /// End of input for the program. Harmless when closed already; a waiting write throws `closed`.
    package func closeStdin() { stdin.close() }
}

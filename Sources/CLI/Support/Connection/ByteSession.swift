import CallProtocol
import NIOCore
import Operations

/// Plain bytes of a session between this process's stdin and stdout and a node.
struct ByteSession {
    let stream: SessionStream

    private static let readSize = 64 << 10

    /// Sends what comes on stdin, to its end, and writes what is answered meanwhile, to its end.
    func exchange(_ input: InputDescriptor, _ output: OutputDescriptor) async throws {
        try await told {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var bytes = ByteBuffer()
                    while try await input.read(into: &bytes, limit: Self.readSize) > 0 {
                        try await stream.sendRaw(bytes)
                        bytes.clear()
                    }
                    stream.finish()
                }
                try await receive(output)
                group.cancelAll()
            }
        }
    }

    /// Writes what is answered, to its end.
    func download(to output: OutputDescriptor) async throws {
        stream.finish()
        try await told { try await receive(output) }
    }

    private func receive(_ output: OutputDescriptor) async throws {
        while let bytes = try await stream.nextBytes() { try await output.write(bytes) }
    }

    private func told(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let failure as StreamFailure { throw CallError(failure) }
    }
}

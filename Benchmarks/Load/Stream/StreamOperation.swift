import CallProtocol
import Harness
import NIOCore
import Operations

/// A session that gives every chunk back as it comes.
enum StreamOperation {
    static let echo = Operation<Empty, Empty>("bench/stream", .session, summary: "The chunks, given back")

    static var entry: OperationEntry {
        echo.sessioned { _, _, session in
            try session.accept(Empty())
            while let part = try await session.next() {
                if case .bytes(_, let bytes) = part { try await session.send(.stdout, bytes) }
            }
            session.finish()
        }
    }
}

extension StreamOperation {
    /// One session with chunks of the harness's payload going there and back.
    static func run(_ calls: CallClient, inFlight: Int, until end: UInt64) async throws -> [UInt64] {
        let session = try await calls.session(echo, Empty()).stream
        let message = ByteBuffer(bytes: Payload.bytes)
        var loop = StreamLoop(inFlight: inFlight, until: end)
        var bytes = 0
        let latencies = try await loop.run {
            try await session.send(.stdin, message)
        } receive: {
            guard let part = try await session.next() else { return nil }
            guard case .bytes(_, let portion) = part else { return 0 }
            bytes += portion.readableBytes
            let whole = bytes / Payload.bytes.count
            bytes %= Payload.bytes.count
            return whole
        }
        session.finish()
        while try await session.next() != nil {}
        return latencies
    }
}

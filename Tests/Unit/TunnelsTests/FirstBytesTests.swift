import CallProtocol
import Dispatch
import Link
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import Operations
@testable import Tunnels

@Suite("What a connection says before it is taken")
struct FirstBytesTests {
    private struct Taken: Sendable {
        /// What the other end of the session had in the same turn of the event loop.
        let atOnce: StreamReading
        let far: MemoryStream
        let end: RelayEnd
    }

    /// Takes a connection once it has done what `peer` does.
    private func taken(_ peer: @escaping @Sendable (TCPSocket) throws -> Void) async throws -> Taken {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let taken = loop.makePromise(of: (StreamReading, MemoryStream, EventLoopFuture<RelayEnd>).self)
        let listener = try await ConnectionListener.bind(HostPort(host: "127.0.0.1", port: 0), on: group) {
            connection in
            let (pair, end) = (CallStreamPair(), loop.makePromise(of: RelayEnd.self))
            ConnectionRelay.join(connection, SessionStream(stream: pair.first, rest: ByteBuffer())) { end.succeed($0) }
            taken.succeed((pair.second.readNow(), pair.second, end.futureResult))
        }
        let port = try #require(listener.localAddress?.port)
        let isDone = DispatchSemaphore(value: 0)
        loop.execute { isDone.wait() }
        let socket = try await blocking {
            defer { isDone.signal() }
            let socket = try TCPSocket.connected(to: port)
            try peer(socket)
            return socket
        }
        let (atOnce, far, ended) = try await taken.futureResult.get()
        far.finish()
        let result = Taken(atOnce: atOnce, far: far, end: try await ended.get())
        try await listener.close()
        try await group.shutdownGracefully()
        withExtendedLifetime(socket) {}
        return result
    }

    private func readToEnd(_ stream: MemoryStream) async throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await stream.read() { all += bytes.readableBytesView }
        return all
    }

    @Test("leaves at once, and what follows it after it", arguments: [3, 4_096, 100_000])
    func atOnce(_ count: Int) async throws {
        let said = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let taken = try await taken { peer in
            try peer.send(said)
            peer.finish()
        }
        guard case .bytes(let first) = taken.atOnce else {
            Issue.record("nothing had left: \(taken.atOnce)")
            return
        }
        #expect(first.readableBytes == min(count, 4_096))
        #expect(try await Array(first.readableBytesView) + readToEnd(taken.far) == said)
        #expect(taken.end.failure == nil)
    }

    @Test("is nothing where it says nothing, and a reset where it was reset", arguments: [true, false])
    func nothing(_ isReset: Bool) async throws {
        let taken = try await taken { peer in
            if isReset { peer.reset() } else { peer.finish() }
        }
        if case .bytes = taken.atOnce { Issue.record("there were bytes") }
        #expect((taken.end.failure != nil) == isReset)
        if !isReset { #expect(try await readToEnd(taken.far) == []) }
    }
}

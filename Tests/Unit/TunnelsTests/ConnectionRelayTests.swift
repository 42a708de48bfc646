import CallProtocol
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import Operations
@testable import Tunnels

@Suite("A connection joined to a session")
struct ConnectionRelayTests {
    /// A connection of ours that is relayed, its other side, and the other end of the session.
    private struct Bench {
        let peer: TCPSocket
        let far: MemoryStream
        let end: Task<RelayEnd, any Error>
    }

    private func bench(capacity: Int = 256 * 1024) async throws -> Bench {
        let server = try TCPSocket.listening()
        let connection = try await ConnectionDialler().connect(host: "127.0.0.1", port: server.port, on: nil)
        let peer = try await blocking { try server.accept() }
        let pair = CallStreamPair(capacity: capacity)
        let session = SessionStream(stream: pair.first, rest: ByteBuffer())
        return Bench(
            peer: peer, far: pair.second, end: Task { try await ConnectionRelay.run(connection, session) })
    }

    private func readToEnd(_ stream: MemoryStream) async throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await stream.read() { all += bytes.readableBytesView }
        return all
    }

    /// How many there are when there have been no more for a while.
    private func atRest(_ moves: Recorder<Void>) async throws -> Int {
        var (before, quiet) = (-1, 0)
        while quiet < 20 {
            try await Task.sleep(for: .milliseconds(10))
            let now = moves.count
            quiet = now == before && now > 0 ? quiet + 1 : 0
            before = now
        }
        return before
    }

    private static let much = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    @Test(
        "carries megabytes both ways at once, and the answer after a half-close, from either side",
        arguments: [true, false])
    func bothWays(_ connectionEndsFirst: Bool) async throws {
        let bench = try await bench()
        let (peer, far) = (bench.peer, bench.far)
        let sending = Task {
            try await blocking {
                try peer.send(Self.much); if connectionEndsFirst { peer.finish() }
            }
        }
        let receiving = Task { try await blocking { try peer.receive(exactly: Self.much.count) } }
        let writing = Task {
            for start in stride(from: 0, to: Self.much.count, by: 50_000) {
                try await far.write(ByteBuffer(bytes: Self.much[start..<min(start + 50_000, Self.much.count)]))
            }
            if !connectionEndsFirst { far.finish() }
        }
        var got: [UInt8] = []
        while got.count < Self.much.count, let bytes = try await far.read() { got += bytes.readableBytesView }
        #expect(got == Self.much)
        #expect(try await receiving.value == Self.much)
        _ = try await (sending.value, writing.value)
        // Now one direction is over, and the other still carries.
        if connectionEndsFirst {
            #expect(try await far.read() == nil)
            try await far.write(ByteBuffer(string: "answer"))
            far.finish()
            #expect(try await blocking { try peer.receiveToEnd() } == Array("answer".utf8))
        } else {
            #expect(try await blocking { try peer.receive() } == [])
            try await blocking {
                try peer.send(Array("answer".utf8)); peer.finish()
            }
            #expect(try await readToEnd(far) == Array("answer".utf8))
        }
        let end = try await bench.end.value
        #expect(end.failure == nil)
        let (one, more) = (Int64(Self.much.count), Int64(Self.much.count + 6))
        #expect((end.received, end.sent) == (connectionEndsFirst ? (one, more) : (more, one)))
    }

    @Test("passes a reset of the connection on as a reset")
    func connectionReset() async throws {
        let bench = try await bench()
        try await blocking { try bench.peer.send([1, 2, 3]) }
        #expect(try await bench.far.read() == ByteBuffer(bytes: [1, 2, 3]))
        bench.peer.reset()
        await #expect(throws: StreamFailure.self) { try await bench.far.read() }
        #expect(try await bench.end.value.failure?.reason.contains("reset") == true)
    }

    @Test("what was said before a reset comes through, on either side", arguments: [true, false])
    func lastWords(_ isOfConnection: Bool) async throws {
        let bench = try await bench()
        let words = [UInt8](repeating: 4, count: 100_000)
        if isOfConnection {
            try await blocking { try bench.peer.send(words) }
            // It has been read here, and not yet there.
            try await Task.sleep(for: .milliseconds(100))
            bench.peer.reset()
            var got: [UInt8] = []
            await #expect(throws: StreamFailure.self) {
                while let bytes = try await bench.far.read() { got += bytes.readableBytesView }
            }
            #expect(got == words)
        } else {
            try await bench.far.write(ByteBuffer(bytes: words))
            bench.far.resetBehind(.aborted, "that was it") {}
            let (got, end) = try await blocking {
                let got = try bench.peer.receive(exactly: words.count)
                return (got, Result { try bench.peer.receive() })
            }
            #expect(got == words)
            #expect(throws: TCPSocket.Failure(call: "recv", code: ECONNRESET)) { try end.get() }
        }
        #expect(try await bench.end.value.failure != nil)
    }

    @Test("passes the loss of the session on as a reset, also while nothing moves", arguments: [true, false])
    func streamFailed(_ isCancelled: Bool) async throws {
        let bench = try await bench()
        let reading = Task { try await blocking { try bench.peer.receive() } }
        if isCancelled { bench.end.cancel() } else { bench.far.fail(.linkLost) }
        let result = await reading.result
        #expect(throws: TCPSocket.Failure(call: "recv", code: ECONNRESET)) { try result.get() }
        #expect(try await bench.end.value.failure != nil)
    }

    @Test("a connection that is not read is not filled: what comes for it stays where it was")
    func slowReader() async throws {
        let bench = try await bench()
        let pushed = Recorder<Void>()
        let writing = Task {
            for _ in 0..<1000 {
                try await bench.far.write(ByteBuffer(repeating: 7, count: 65_536))
                pushed.add(())
            }
            bench.far.finish()
        }
        // Far below the 1,000: what sockets and the buffers between hold.
        #expect(try await atRest(pushed) < 300)
        bench.peer.finish()
        #expect(try await blocking { try bench.peer.receiveToEnd().count } == 65_536_000)
        try await writing.value
        #expect(try await bench.end.value.failure == nil)
    }

    @Test("a session that is not read holds the sender back")
    func slowStream() async throws {
        let bench = try await bench()
        let (peer, sent) = (bench.peer, Recorder<Void>())
        let sending = Task {
            try await blocking {
                for _ in 0..<1000 {
                    try peer.send([UInt8](repeating: 5, count: 65_536))
                    sent.add(())
                }
                peer.finish()
            }
        }
        #expect(try await atRest(sent) < 300)
        #expect(try await readToEnd(bench.far).count == 65_536_000)
        try await sending.value
        bench.far.finish()
        #expect(try await bench.end.value.failure == nil)
    }

    @Test(
        "loses nothing of a peer that says all it has and leaves before there is a session", arguments: [true, false])
    func early(_ isReset: Bool) async throws {
        let server = try TCPSocket.listening()
        let connection = try await ConnectionDialler().connect(host: "127.0.0.1", port: server.port, on: nil)
        let peer = try await blocking {
            let peer = try server.accept()
            try peer.send([1, 2, 3])
            if isReset { peer.reset() } else { peer.finish() }
            return peer
        }
        // It has arrived here.
        try await Task.sleep(for: .milliseconds(50))
        let pair = CallStreamPair()
        let session = SessionStream(stream: pair.first, rest: ByteBuffer())
        async let end = ConnectionRelay.run(connection, session)
        pair.second.finish()
        if isReset {
            await #expect(throws: StreamFailure.self) { try await readToEnd(pair.second) }
        } else {
            #expect(try await readToEnd(pair.second) == [1, 2, 3])
        }
        #expect(try await (end.failure != nil) == isReset)
        _ = peer
    }

    @Test("says why there is no connection")
    func refused() async throws {
        let port = try LoopbackPorts.free()
        await #expect(throws: CallError(.unavailable, "cannot connect to 127.0.0.1:\(port): Connection refused")) {
            try await ConnectionDialler().connect(host: "127.0.0.1", port: port, on: nil)
        }
        await #expect(throws: CallError.self) {
            try await ConnectionDialler().connect(host: "no-such-host.invalid", port: 1, on: nil)
        }
    }
}

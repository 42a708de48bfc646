import CallProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("The gate before handshakes")
struct HandshakeGateTests {
    /// A connection at the gate.
    private final class Visitor {
        let turn: GateHandler
        let channel: EmbeddedChannel
        let reads = ReadCounter()

        init(_ gate: HandshakeGate) throws {
            turn = GateHandler(gate: gate)
            // Connected first: an embedded channel that is closed before that never counts as closed.
            channel = EmbeddedChannel()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try channel.pipeline.syncOperations.addHandlers(reads, turn)
            if channel.isActive { channel.read() }
        }

        var mayRead: Bool { reads.count > 0 }
        var isTurnedAway: Bool { reads.isClosed }
        func leave() throws { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private(set) var count = 0
        private(set) var isClosed = false

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            isClosed = true
            context.close(mode: mode, promise: promise)
        }

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    @Test("so many handshakes at once are read from, so many wait, and the next is closed")
    func bounds() throws {
        let gate = HandshakeGate(concurrent: 2, unauthenticated: 5)
        let visitors = try (0..<6).map { _ in try Visitor(gate) }
        #expect(visitors.map(\.mayRead) == [true, true, false, false, false, false])
        #expect(visitors.map(\.isTurnedAway) == [false, false, false, false, false, true])
        #expect(gate.refused == 1)
        visitors[0].turn.settle()
        visitors[0].turn.settle()
        #expect(visitors.map(\.mayRead) == [true, true, true, false, false, false])
        for visitor in visitors { try visitor.leave() }
    }

    @Test("a connection that goes away while it waits, or at work, gives its turn on")
    func goneWhileWaiting() throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 10)
        let first = try Visitor(gate)
        var waiting = try (0..<5).map { _ in try Visitor(gate) }
        let last = try Visitor(gate)
        for visitor in waiting { try visitor.leave() }
        // Nobody holds them any more: their turns must not get lost with them.
        waiting = []
        try first.leave()
        #expect(last.mayRead)
        try last.leave()
        let later = try Visitor(gate)
        #expect(later.mayRead)
        try later.leave()
    }

    @Test("the gate works on for ever", arguments: [1, 3])
    func many(concurrent: Int) throws {
        let gate = HandshakeGate(concurrent: concurrent, unauthenticated: 50)
        var inside: [Visitor] = []
        for _ in 0..<2_000 {
            inside.append(try Visitor(gate))
            if inside.count > 40 { try inside.removeFirst().leave() }
        }
        #expect(inside.filter(\.mayRead).count == concurrent)
        for visitor in inside { try visitor.leave() }
        #expect(gate.refused == 0)
    }
}

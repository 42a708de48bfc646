import CallProtocol
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Link

@Suite("The gate before handshakes")
struct HandshakeGateTests {
    /// A connection at the gate.
    private final class Visitor {
        /// Nil where it was turned away.
        let turn: GateHandler?
        let channel: EmbeddedChannel
        let watch = Watch()
        private let made = Made()

        /// What was made for the connection.
        private final class Made {
            var left: TimeAmount?
        }

        /// The time it had left when its handlers were made; nil while there are none.
        var timeLeft: TimeAmount? { made.left }

        /// - Parameter speaks: whether its first bytes come at once.
        init(_ gate: HandshakeGate, from address: String = "127.0.0.1", speaks: Bool = true) throws {
            // Connected first: an embedded channel that is closed before that never counts as closed.
            channel = EmbeddedChannel()
            let remote = try SocketAddress(ipAddress: address, port: 1)
            try channel.connect(to: remote).wait()
            channel.remoteAddress = remote
            try channel.pipeline.syncOperations.addHandler(watch)
            let made = made
            turn = gate.arrive(HostAddress(remote)).map { place in
                GateHandler(place, within: .seconds(10)) { _, left in
                    made.left = left
                    return []
                }
            }
            if let turn { try channel.pipeline.syncOperations.addHandler(turn) } else { channel.close(promise: nil) }
            if speaks { try speak() }
        }

        func speak() throws {
            if channel.isActive { try channel.writeInbound(ByteBuffer(string: "hello ")) }
        }

        /// What has come through the gate.
        func heard() throws -> String {
            var text = ""
            while let bytes = try channel.readInbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text
        }

        var isTurnedAway: Bool { watch.isClosed }
        var mayRead: Bool {
            let before = watch.reads
            channel.read()
            return watch.reads > before
        }
        func leave() throws { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    private final class Watch: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private(set) var reads = 0
        private(set) var isClosed = false

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            isClosed = true
            context.close(mode: mode, promise: promise)
        }

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }
    }

    @Test("so many handshakes at once go on, so many wait unread, and the next connection is closed")
    func bounds() throws {
        let gate = HandshakeGate(concurrent: 2, unauthenticated: 5, share: 1)
        let visitors = try (0..<6).map { _ in try Visitor(gate) }
        #expect(try visitors.map { try $0.heard() } == ["hello ", "hello ", "", "", "", ""])
        #expect(visitors.prefix(5).map(\.mayRead) == [true, true, false, false, false])
        #expect(visitors.map(\.isTurnedAway) == [false, false, false, false, false, true])
        #expect(gate.refused == 1)
        visitors[0].turn?.settle()
        visitors[0].turn?.settle()
        #expect(visitors[2].mayRead && !visitors[3].mayRead)
        #expect(try visitors[2].heard() == "hello ")
        for visitor in visitors { try visitor.leave() }
        #expect(gate.places == 0)
    }

    @Test("a turn is taken by the first bytes, not by the connection")
    func silence() throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 10, share: 1)
        let silent = try (0..<5).map { _ in try Visitor(gate, speaks: false) }
        let loud = try Visitor(gate)
        #expect(try loud.heard() == "hello ")
        try silent[0].speak()
        try silent[0].speak()
        #expect(try silent[0].heard() == "" && gate.places == 6)
        loud.turn?.depart(isAdmitted: true)
        #expect(try silent[0].heard() == "hello hello " && gate.places == 5)
        for visitor in silent + [loud] { try visitor.leave() }
        #expect(gate.places == 0)
    }

    @Test("a place is kept after the turn, until the peer is known or the connection gone")
    func places() throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 2, share: 1)
        let visitors = try (0..<2).map { _ in try Visitor(gate) }
        for visitor in visitors { visitor.turn?.settle() }
        #expect(try Visitor(gate).isTurnedAway)
        visitors[0].turn?.depart(isAdmitted: true)
        let late = try Visitor(gate)
        #expect(try late.heard() == "hello ")
        for visitor in visitors + [late] { try visitor.leave() }
        #expect(gate.places == 0)
    }

    @Test("one address leaves turns and places for others, and an IPv6 host is one address")
    func addresses() throws {
        let gate = HandshakeGate(concurrent: 4, unauthenticated: 8)
        let many = try (0..<8).map { try Visitor(gate, from: "2001:db8::\($0)") }
        #expect(many.count(where: \.isTurnedAway) == 2)
        #expect(try many.count { try $0.heard() == "hello " } == 3)
        let other = try Visitor(gate, from: "2001:db8:0:1::1")
        #expect(try other.heard() == "hello ")
        let third = try Visitor(gate, from: "192.0.2.1")
        #expect(try third.heard() == "")
        // The turn of the first address goes past those of it that wait only where it has its share.
        try other.leave()
        #expect(try third.heard() == "hello ")
        for visitor in many + [third] { try visitor.leave() }
        #expect(gate.places == 0)
    }

    @Test("an address goes past its share of places while peers come back from it, and no longer")
    func returning() throws {
        let clock = Mutex(NIODeadline.uptimeNanoseconds(0))
        let gate = HandshakeGate(concurrent: 4, unauthenticated: 8) { clock.withLock { $0 } }
        var many = try (0..<7).map { _ in try Visitor(gate) }
        #expect(many.map(\.isTurnedAway) == [false, false, false, false, false, false, true])
        many[0].turn?.depart(isAdmitted: true)
        many += try (0..<3).map { _ in try Visitor(gate) }
        #expect(many.count(where: \.isTurnedAway) == 1 && gate.places == 8)
        // The total holds for it as for all.
        #expect(try Visitor(gate).isTurnedAway)
        clock.withLock { $0 = .uptimeNanoseconds(1_000_000_001) }
        many[1].turn?.depart(isAdmitted: false)
        #expect(try Visitor(gate).isTurnedAway)
        let other = try Visitor(gate, from: "192.0.2.1")
        #expect(!other.isTurnedAway)
        for visitor in many + [other] { try visitor.leave() }
        #expect(gate.places == 0)
    }

    @Test("whoever asks in vain for room is told once when there is some again, not for each place")
    func room() throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 128, share: 1)
        let told = Atomic(0)
        var visitors = try (0..<124).map { _ in try Visitor(gate, speaks: false) }
        #expect(gate.hasRoom { told.add(1, ordering: .relaxed) })
        visitors.append(try Visitor(gate, speaks: false))
        #expect(!gate.hasRoom { told.add(1, ordering: .relaxed) })
        for visitor in visitors.prefix(4) { try visitor.leave() }
        #expect(told.load(ordering: .relaxed) == 0 && gate.places == 121)
        try visitors[4].leave()
        #expect(told.load(ordering: .relaxed) == 1)
        for visitor in visitors.dropFirst(5) { try visitor.leave() }
        #expect(told.load(ordering: .relaxed) == 1 && gate.places == 0)
    }

    @Test("nothing is made for a connection before its turn, and the time that it waited counts")
    func waiting() throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 10, share: 1)
        let (first, second) = (try Visitor(gate), try Visitor(gate))
        #expect(first.timeLeft != nil && second.timeLeft == nil)
        second.channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        first.turn?.settle()
        #expect(second.timeLeft == .seconds(6))
        for visitor in [first, second] { try visitor.leave() }
        #expect(gate.places == 0)
    }

    @Test("who says nothing, or gets no turn, is closed in time", arguments: [true, false])
    func deadline(speaks: Bool) throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 10, share: 1)
        let busy = try Visitor(gate)
        let visitor = try Visitor(gate, speaks: speaks)
        visitor.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(!visitor.isTurnedAway && gate.places == 2)
        visitor.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(visitor.isTurnedAway)
        for visitor in [busy, visitor] { try visitor.leave() }
        #expect(gate.places == 0 && gate.waiting == 0)
    }

    @Test("a connection that goes away while it waits, or at work, gives its turn on")
    func goneWhileWaiting() throws {
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 10, share: 1)
        let first = try Visitor(gate)
        var waiting = try (0..<5).map { _ in try Visitor(gate) }
        let last = try Visitor(gate)
        #expect(gate.waiting == 6)
        for visitor in waiting { try visitor.leave() }
        // Who comes and goes while all turns are taken must not make the queue grow.
        #expect(gate.waiting == 1)
        // Nobody holds them any more: their turns must not get lost with them.
        waiting = []
        try first.leave()
        #expect(try last.heard() == "hello ")
        try last.leave()
        let later = try Visitor(gate)
        #expect(try later.heard() == "hello ")
        try later.leave()
        #expect(gate.places == 0)
    }

    @Test("the gate works on for ever", arguments: [1, 3])
    func many(concurrent: Int) throws {
        let gate = HandshakeGate(concurrent: concurrent, unauthenticated: 50, share: 1)
        var inside: [Visitor] = []
        for _ in 0..<2_000 {
            inside.append(try Visitor(gate))
            if inside.count > 40 { try inside.removeFirst().leave() }
        }
        #expect(try inside.count { try $0.heard() == "hello " } == concurrent)
        for visitor in inside { try visitor.leave() }
        #expect(gate.refused == 0 && gate.places == 0)
    }
}

import CallProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("The life of a link")
struct LifeTests {
    @Test("a PING is answered with its own bytes")
    func pong() throws {
        let bench = try LinkBench.ready(.dialler)
        try bench.say(.ping(7), .ping(8))
        #expect(try bench.heard() == [.pong(7), .pong(8)])
    }

    @Test("PING goes out every 10 s, with at most 20 % of jitter")
    func pings() throws {
        let bench = try LinkBench.ready(.listener)
        for _ in 0..<20 {
            bench.pass(7.9)
            #expect(try bench.heard().isEmpty)
            var waited = 0
            var pings: [Frame] = []
            while pings.isEmpty, waited < 50 {
                bench.pass(0.1)
                waited += 1
                pings = try bench.heard()
            }
            #expect(waited <= 42)
            for case .ping(let token) in pings { try bench.say(.pong(token)) }
        }
    }

    @Test("a PING of ours goes along with the answer to the other side's where it is nearly due, and counts")
    func pingsTogether() throws {
        let bench = try LinkBench.ready(.listener)
        bench.pass(7.9)
        try bench.say(.ping(1))
        #expect(try bench.heard() == [.pong(1)])
        bench.pass(0.2)
        // It may have gone by itself by now.
        try bench.say(.ping(2))
        let frames = try bench.heard()
        #expect(frames.contains(.pong(2)))
        #expect(frames.count { if case .ping = $0 { true } else { false } } == 1)
        bench.pass(7.7)
        #expect(try bench.heard().isEmpty)
    }

    @Test("the round trip is measured, and a PONG nobody asked for is ignored")
    func roundTrip() throws {
        let bench = try LinkBench(.listener)
        try bench.sayHello()
        let frames = try bench.heard()
        bench.pass(0.08)
        try bench.say(.pong(999))
        #expect(bench.handler.timers.roundTrip == nil)
        for case .ping(let token) in frames { try bench.say(.pong(token), .pong(token)) }
        #expect(bench.handler.timers.roundTrip == .milliseconds(80))
    }

    @Test("30 s without a byte end the link, not a moment later; any byte keeps it")
    func silence() throws {
        let bench = try LinkBench.ready(.dialler)
        let (_, consumer) = try bench.open()
        bench.pass(29)
        try bench.say(.ignored(type: 200))
        bench.pass(29.9)
        #expect(!bench.isClosed)
        bench.pass(0.11)
        #expect(bench.isClosed)
        #expect(bench.delegate.ends == [.lost("nothing was heard for 30 s")])
        #expect(consumer.events == ["failed UNAVAILABLE"])
    }

    @Test("part of a frame is a sign of life too")
    func partialFrame() throws {
        let bench = try LinkBench.ready(.dialler)
        bench.pass(29)
        try bench.channel.writeInbound(ByteBuffer(bytes: [0]))
        bench.pass(20)
        #expect(!bench.isClosed)
    }

    @Test("how long nothing came is known at the end too: the peer was not heard when the link was given up")
    func silenceAtTheEnd() throws {
        let bench = try LinkBench.ready(.dialler)
        try bench.say(.ping(1))
        bench.pass(31)
        #expect(bench.isClosed)
        #expect(bench.handler.silence.nanoseconds > 29_000_000_000)
    }

    @Test("draining says GOAWAY with the last stream taken up, refuses new ones and closes when the live ones are done")
    func drain() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(.open(stream: 1, credit: 100), .open(stream: 3, credit: 100), .end(stream: 3))
        let streams = bench.delegate.opened.compactMap(\.stream)
        try bench.link.drain(GoAway(code: .shutdown, reason: "bye", retryAfterMilliseconds: 500))
        #expect(
            try bench.heard()
                == [.goAway(GoAway(code: .shutdown, reason: "bye", retryAfterMilliseconds: 500, lastStream: 3))])
        try bench.say(
            .open(stream: 5, credit: 1), .data(stream: 5, .zeros(3)), .data(stream: 1, .zeros(3)), .end(stream: 1))
        #expect(try bench.heard().map(\.brief) == ["reset 5 shutdown"])
        #expect(throws: StreamFailure.self) { try bench.open() }
        #expect(!bench.isClosed)
        streams[0].write(.zeros(4))
        streams[0].end()
        #expect(try bench.heard().map(\.brief) == ["data 1 4", "end 1"])
        #expect(!bench.isClosed)
        streams[1].reset(.notFound, "")
        #expect(try bench.heard().map(\.brief) == ["reset 3 NOT_FOUND", "ping"])
        #expect(bench.isClosed)
        #expect(
            bench.delegate.ends == [
                .dismissed(GoAway(code: .shutdown, reason: "bye", retryAfterMilliseconds: 500, lastStream: 3))
            ])
    }

    @Test("draining without a stream closes at once, after GOAWAY")
    func drainIdle() throws {
        let bench = try LinkBench.ready(.dialler)
        try bench.link.drain(GoAway(code: .shutdown, reason: ""))
        #expect(try bench.heard().map(\.brief) == ["goaway shutdown 0", "ping"])
        #expect(bench.isClosed)
    }

    @Test("a drained link is closed only when its last bytes have left for the line")
    func slowLine() throws {
        let bench = try LinkBench.ready(.dialler)
        let line = SlowLine()
        try bench.channel.pipeline.syncOperations.addHandler(line, position: .first)
        let (stream, _) = try bench.open()
        stream.write(.zeros(9))
        stream.end()
        try bench.say(.end(stream: 1))
        try bench.link.drain(GoAway(code: .shutdown, reason: ""))
        bench.pass(5)
        #expect(!bench.isClosed)
        line.flow()
        #expect(try bench.heard().map(\.brief) == ["open 1", "data 1 9", "end 1", "goaway shutdown 0", "ping"])
        #expect(bench.isClosed)
    }

    @Test("draining lasts 60 s at most, on both sides", arguments: [true, false])
    func drainLimit(byUs: Bool) throws {
        let bench = try LinkBench.ready(.dialler)
        let (_, consumer) = try bench.open()
        if byUs {
            try bench.link.drain(GoAway(code: .shutdown, reason: ""))
        } else {
            try bench.say(.goAway(GoAway(code: .shutdown, reason: "", lastStream: 1)))
        }
        for _ in 0..<59 {
            bench.pass(1)
            try bench.say(.ping(1))
        }
        #expect(!bench.isClosed)
        bench.pass(1.1)
        #expect(bench.isClosed)
        #expect(consumer.events == ["failed shutdown"])
    }

    @Test("a drain with a limit of its own ends with it, also on a link that drains already", arguments: [true, false])
    func ownLimit(drainsAlready: Bool) throws {
        let bench = try LinkBench.ready(.dialler)
        let (_, consumer) = try bench.open()
        if drainsAlready { try bench.link.drain(GoAway(code: .renew, reason: "")) }
        try bench.link.drain(GoAway(code: .shutdown, reason: ""), within: .seconds(5))
        bench.pass(4.9)
        #expect(!bench.isClosed)
        bench.pass(0.2)
        #expect(bench.isClosed)
        #expect(consumer.events == ["failed shutdown"])
    }

    @Test("that a key is not known is said to who dialled; the listener's own streams are just lost")
    func strangers() throws {
        for side in [LinkStateMachine.Side.dialler, .listener] {
            for isTold in [true, false] {
                let bench = try LinkBench.ready(side)
                let (_, consumer) = try bench.open()
                let farewell = GoAway(code: .unauthenticated, reason: "removed", lastStream: 0)
                if isTold {
                    try bench.say(.goAway(farewell))
                } else {
                    try bench.link.dismiss(farewell)
                    bench.pass(0.1)
                }
                #expect(consumer.events == [side == .dialler ? "failed unauthenticated" : "failed UNAVAILABLE"])
            }
        }
    }

    @Test("GOAWAY fails our streams that the peer has not taken up with its own code; the others finish")
    func goAway() throws {
        let bench = try LinkBench.ready(.dialler)
        let (first, one) = try bench.open()
        let (_, two) = try bench.open()
        _ = try bench.heard()
        try bench.say(.goAway(GoAway(code: .shutdown, reason: "bye", lastStream: 1)))
        #expect(two.events == ["failed shutdown"])
        #expect(one.events.isEmpty)
        #expect(try bench.link.farewell?.code == .shutdown)
        #expect(throws: StreamFailure.self) { try bench.open() }
        try bench.say(.data(stream: 1, .zeros(2)), .end(stream: 1))
        first.end()
        #expect(try bench.heard().map(\.brief) == ["end 1", "ping"])
        #expect(one.events == ["bytes 2", "end"])
        #expect(bench.isClosed)
        #expect(bench.delegate.ends == [.farewell(GoAway(code: .shutdown, reason: "bye", lastStream: 1))])
    }

    @Test("a refused peer's streams learn why it was refused, those that wait and those that come too late")
    func refused() throws {
        let bench = try LinkBench.ready(.dialler)
        let (stream, kept) = try bench.open()
        let (_, waiting) = try bench.open()
        try bench.say(.goAway(GoAway(code: .unauthenticated, reason: "unknown key", lastStream: 1)))
        #expect(waiting.events == ["failed unauthenticated"])
        let late = #expect(throws: StreamFailure.self) { try bench.open() }
        #expect(late == StreamFailure(.unauthenticated, "unknown key"))
        #expect(late.map { CallError($0).code } == .unauthenticated)
        #expect(kept.events.isEmpty)
        stream.reset(.aborted, "")
        _ = try bench.heard()
        #expect(bench.isClosed)
        #expect(throws: StreamFailure(.unauthenticated, "unknown key")) { try bench.open() }
    }

    @Test("a GOAWAY that meets a stream just opened fails it, and its RESET is ignored")
    func goAwayWhileOpening() throws {
        let bench = try LinkBench.ready(.dialler)
        let (kept, _) = try bench.open()
        _ = try bench.heard()
        let (_, consumer) = try bench.open()
        try bench.say(.goAway(GoAway(code: .shutdown, reason: "", lastStream: 1)), .ping(1))
        #expect(consumer.events == ["failed shutdown"])
        try bench.say(.reset(stream: 3, code: .shutdown, reason: ""))
        #expect(!bench.isClosed)
        #expect(consumer.events == ["failed shutdown"])
        kept.reset(.aborted, "")
        _ = try bench.heard()
        #expect(bench.isClosed)
    }

    @Test("what was still to be said goes out before a farewell closes the link")
    func lastWords() throws {
        let bench = try LinkBench.ready(.dialler)
        let (stream, _) = try bench.open()
        _ = try bench.heard()
        bench.writable(false)
        stream.reset(.timeout, "late")
        try bench.say(.goAway(GoAway(code: .shutdown, reason: "", lastStream: 1)))
        #expect(!bench.isClosed)
        bench.writable(true)
        #expect(try bench.heard().map(\.brief) == ["reset 1 TIMEOUT", "ping"])
        #expect(bench.isClosed)
    }

    @Test("dismissing says why and closes at once; the streams fail with the same code")
    func dismiss() throws {
        let bench = try LinkBench.ready(.listener)
        let (_, consumer) = try bench.open()
        _ = try bench.heard()
        try bench.link.dismiss(GoAway(code: .superseded, reason: "newer"))
        #expect(try bench.heard().map(\.brief) == ["goaway superseded 0"])
        #expect(bench.isClosed)
        #expect(consumer.events == ["failed superseded"])
    }

    @Test("streams of a link that broke the protocol are UNAVAILABLE, not guilty")
    func violation() throws {
        let bench = try LinkBench.ready(.listener)
        let (_, consumer) = try bench.open()
        try bench.say(.data(stream: 99, .zeros(1)))
        #expect(consumer.events == ["failed UNAVAILABLE"])
    }

    @Test("aborting closes without a word")
    func abort() throws {
        let bench = try LinkBench.ready(.listener)
        let link = try bench.link
        link.abort()
        link.abort()
        #expect(try bench.heard().isEmpty)
        #expect(bench.isClosed)
        #expect(bench.delegate.ends == [.aborted])
    }

    @Test("more than 1,000 control frames that a peer asked for and does not read close the link")
    func flood() throws {
        let bench = try LinkBench.ready(.listener)
        bench.writable(false)
        for token in 0..<1_000 { try bench.say(.ping(UInt64(token))) }
        #expect(!bench.isClosed)
        try bench.say(.ping(1_000))
        #expect(bench.isClosed)
    }

    @Test("a thousand streams of our own on a line that is slow are no flood")
    func manyStreams() throws {
        let bench = try LinkBench.ready(.listener) {
            $0.maxStreams = 4_096
        } peers: {
            $0.maxStreams = 4_096
        }
        bench.writable(false)
        for _ in 0..<1_500 { _ = try bench.open() }
        for id in 0..<1_500 {
            let id = UInt32(2 * id + 1)
            try bench.say(.open(stream: id, credit: 1), .data(stream: id, .zeros(60_000)))
            try #require(try bench.accepted().stream).consumed(60_000)
        }
        #expect(!bench.isClosed)
        bench.writable(true)
        #expect(try bench.heard().count == 3_000)
    }

    @Test("a burst of calls is answered in one write")
    func oneFlush() throws {
        let bench = try LinkBench.ready(.listener)
        var bytes = ByteBuffer()
        for id in 0..<100 { bytes.writeFrame(.open(stream: UInt32(2 * id + 1), credit: 1_000)) }
        bench.delegate.answers = true
        try bench.channel.writeInbound(bytes)
        let first = try #require(try bench.channel.readOutbound(as: ByteBuffer.self))
        #expect(first.readableBytes == 100 * (9 + 50 + 9))
        #expect(try bench.channel.readOutbound(as: ByteBuffer.self) == nil)
    }
}

/// A line that takes what is written only when it is told to.
private final class SlowLine: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private var held: [(bytes: NIOAny, promise: EventLoopPromise<Void>?)] = []
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        held.append((data, promise))
    }

    func flow() {
        let all = held
        held = []
        for one in all { context?.write(one.bytes, promise: one.promise) }
        context?.flush()
    }
}

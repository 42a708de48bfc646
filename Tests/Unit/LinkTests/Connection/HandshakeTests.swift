import CallProtocol
import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import Link

@Suite("A link is ready when both HELLOs are accepted")
struct HandshakeTests {
    @Test("the listener speaks first, as soon as the connection stands and not before")
    func listenerFirst() throws {
        let bench = try LinkBench(.listener, connect: false)
        #expect(try bench.heard().isEmpty)
        try bench.connectChannel()
        #expect(try bench.heard().map(\.brief) == ["hello"])
        #expect(bench.delegate.ready.isEmpty)
        try bench.sayHello()
        #expect(bench.delegate.ready.count == 1)
        #expect(try bench.heard().map(\.brief) == ["ping"])
    }

    @Test("the dialler says nothing before it has accepted the listener's HELLO")
    func diallerSecond() throws {
        let bench = try LinkBench(.dialler)
        #expect(try bench.heard().isEmpty)
        try bench.sayHello()
        #expect(try bench.heard().map(\.brief) == ["hello", "ping"])
        #expect(bench.delegate.ready.count == 1)
        #expect(try bench.link.hello.role == .hub)
    }

    @Test("the dialler knows that it is accepted by the first frame that is no GOAWAY")
    func accepted() throws {
        let bench = try LinkBench(.dialler)
        try bench.sayHello()
        let accepted = Recorder<Bool>()
        try bench.link.isAccepted.whenComplete { result in accepted.add((try? result.get()) != nil) }
        #expect(accepted.all.isEmpty)
        try bench.say(.ping(1))
        #expect(accepted.all == [true])
    }

    @Test("a dialler that is refused learns that it never was accepted")
    func refused() throws {
        let bench = try LinkBench(.dialler)
        try bench.sayHello()
        let link = try bench.link
        try bench.say(.goAway(GoAway(code: .unauthenticated, reason: "who?")))
        _ = try bench.heard()
        let accepted = Recorder<Bool>()
        link.isAccepted.whenComplete { result in accepted.add((try? result.get()) != nil) }
        #expect(accepted.all == [false])
        #expect(bench.delegate.ends == [.farewell(GoAway(code: .unauthenticated, reason: "who?"))])
    }

    @Test(
        "any other first frame is answered with GOAWAY protocol",
        arguments: [
            Frame.ping(1), .open(stream: 1, credit: 1), .data(stream: 1, ByteBuffer()), .end(stream: 1),
            .ignored(type: 200),
            .credit(stream: 1, bytes: 1), .reset(stream: 1, code: .aborted, reason: ""),
        ])
    func wrongFirstFrame(frame: Frame) throws {
        for side in [LinkStateMachine.Side.listener, .dialler] {
            let bench = try LinkBench(side)
            _ = try bench.heard()
            try bench.say(frame)
            #expect(try bench.heard().map(\.brief) == ["goaway protocol 0"])
            #expect(bench.isClosed)
            #expect(bench.delegate.ends.count == 1)
            #expect(bench.delegate.ready.isEmpty)
        }
    }

    @Test("without a common version GOAWAY version names both ranges, whatever else the HELLO says")
    func versions() throws {
        for text in [
            #"{"version":9,"minVersion":8,"role":"spoke","instance":"x","initialCredit":1,"maxStreams":1}"#,
            #"{"version":9,"minVersion":8,"role":"librarian","instance":[7]}"#,
        ] {
            let bench = try LinkBench(.listener)
            _ = try bench.heard()
            try bench.say(.hello(ByteBuffer(string: text)))
            guard case .goAway(let goAway)? = try bench.heard().last else {
                Issue.record("no GOAWAY")
                return
            }
            #expect(goAway.code == .version)
            #expect(goAway.reason == "no common version: here 1, there 8 to 9")
        }
    }

    @Test(
        "a HELLO that makes no sense is refused",
        arguments: [
            "{}", "[]", "xx", #"{"version":1}"#, #"{"version":1,"minVersion":2}"#,
            #"{"version":1,"role":"spoke","instance":"short","initialCredit":1,"maxStreams":1}"#,
            #"{"version":1,"role":"king","instance":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","initialCredit":1,"maxStreams":1}"#,
        ])
    func nonsense(text: String) throws {
        let bench = try LinkBench(.listener)
        _ = try bench.heard()
        try bench.say(.hello(ByteBuffer(string: text)))
        #expect(try bench.heard().map(\.brief) == ["goaway protocol 0"])
    }

    @Test("what the delegate says against a HELLO is sent and closes the link")
    func judged() throws {
        let bench = try LinkBench(.listener)
        bench.delegate.judge = { _ in GoAway(code: .duplicatePeer, reason: "no", retryAfterMilliseconds: 5) }
        _ = try bench.heard()
        try bench.sayHello()
        #expect(try bench.heard() == [.goAway(GoAway(code: .duplicatePeer, reason: "no", retryAfterMilliseconds: 5))])
        #expect(bench.isClosed)
        #expect(bench.delegate.ready.isEmpty)
        #expect(bench.delegate.ends.count == 1)
    }

    @Test("HELLO twice is GOAWAY protocol")
    func twice() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.sayHello()
        #expect(try bench.heard().map(\.brief) == ["goaway protocol 0"])
    }

    @Test("both HELLOs must be there within 10 s", arguments: [LinkStateMachine.Side.listener, .dialler])
    func deadline(side: LinkStateMachine.Side) throws {
        let bench = try LinkBench(side)
        bench.pass(9.9)
        #expect(!bench.isClosed)
        bench.pass(0.2)
        #expect(bench.isClosed)
        #expect(bench.delegate.ends == [.lost("no HELLO within 10.0 s")])
    }

    @Test("a link that is ready has no such deadline")
    func noDeadline() throws {
        let bench = try LinkBench.ready(.listener)
        bench.pass(12)
        #expect(!bench.isClosed)
    }

    @Test("a GOAWAY in the place of HELLO is the peer's farewell")
    func farewell() throws {
        let bench = try LinkBench(.dialler)
        try bench.say(.goAway(GoAway(code: .shutdown, reason: "later")))
        #expect(bench.delegate.ends == [.farewell(GoAway(code: .shutdown, reason: "later"))])
    }

    @Test("an enrolment link has one stream and 64 KiB to assemble in")
    func enrolment() throws {
        let bench = try LinkBench.ready(.listener) { _ in
        } peers: {
            $0.role = .enrol
        }
        try bench.say(.open(stream: 1, credit: 10), .open(stream: 3, credit: 10))
        #expect(try bench.heard().map(\.brief) == ["reset 3 too_many_streams"])
        #expect(try #require(try bench.accepted().stream).assembly.limit == 64 * 1024)
    }

    @Test("the largest HELLO is 64 KiB, and one byte more is GOAWAY frame")
    func large() throws {
        let bench = try LinkBench(.listener)
        _ = try bench.heard()
        var header = ByteBuffer()
        header.writeMultipleIntegers(UInt32(0), UInt8(0), UInt32(65_537))
        try bench.channel.writeInbound(header)
        #expect(try bench.heard().map(\.brief) == ["goaway frame 0"])
    }
}

import CallProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("Odd frames have the consequence of the specification")
struct OddFrameTests {
    @Test("a frame for an id that was never opened is GOAWAY protocol", arguments: [1, 2, 77, 0x8000_0001] as [UInt32])
    func neverOpened(id: UInt32) throws {
        for frame in [
            Frame.data(stream: id, .zeros(3)), .end(stream: id), .credit(stream: id, bytes: 1),
            .reset(stream: id, code: .aborted, reason: ""),
        ] {
            let bench = try LinkBench.ready(.listener)
            try bench.say(frame)
            #expect(try bench.heard().map(\.brief) == ["goaway protocol 0"])
            #expect(bench.isClosed)
        }
    }

    @Test("a frame for a closed stream is ignored")
    func closed() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(.open(stream: 1, credit: 10), .reset(stream: 1, code: .aborted, reason: ""))
        let (stream, _) = try bench.open()
        stream.reset(.aborted, "")
        _ = try bench.heard()
        for id in [1, 2] as [UInt32] {
            try bench.say(
                .data(stream: id, .zeros(100_000 / 2)), .end(stream: id), .end(stream: id),
                .credit(stream: id, bytes: .max), .reset(stream: id, code: .aborted, reason: ""))
        }
        #expect(try bench.heard().isEmpty)
        #expect(!bench.isClosed)
    }

    @Test("DATA after END, and END after END, are RESET stream_state", arguments: [true, false])
    func afterEnd(withData: Bool) throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(
            .open(stream: 1, credit: 10), .end(stream: 1), withData ? .data(stream: 1, .zeros(1)) : .end(stream: 1))
        #expect(try bench.heard().map(\.brief) == ["reset 1 stream_state"])
        #expect(try bench.accepted().events == ["end", "failed stream_state"])
        #expect(!bench.isClosed)
    }

    @Test("DATA beyond credit is RESET flow")
    func beyondCredit() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(.open(stream: 1, credit: 10), .data(stream: 1, .zeros(65_536)))
        #expect(try bench.heard().isEmpty)
        try bench.say(.data(stream: 1, .zeros(1)))
        #expect(try bench.heard().map(\.brief) == ["reset 1 flow"])
        #expect(try bench.accepted().events == ["bytes 65536", "failed flow"])
    }

    @Test("credit above 2^31-1 is RESET flow, in CREDIT and in OPEN, and the stream counts as opened")
    func tooMuchCredit() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(.open(stream: 1, credit: 0x7FFF_FFFF), .credit(stream: 1, bytes: 1))
        #expect(try bench.heard().map(\.brief) == ["reset 1 flow"])
        try bench.say(.open(stream: 3, credit: 0x8000_0000), .data(stream: 3, .zeros(1)))
        #expect(try bench.heard().map(\.brief) == ["reset 3 flow"])
        #expect(!bench.isClosed)
        #expect(bench.delegate.opened.count == 1)
    }

    @Test("frame types 9 to 127 are GOAWAY protocol, 128 and up are ignored", arguments: [9, 127, 128, 255] as [UInt8])
    func types(type: UInt8) throws {
        let bench = try LinkBench.ready(.listener)
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(5), type, UInt32(2), UInt16(0))
        try bench.channel.writeInbound(bytes)
        #expect(try bench.heard().map(\.brief) == (type < 128 ? ["goaway protocol 0"] : []))
        #expect(bench.isClosed == (type < 128))
    }

    @Test("frames of a wrong length are GOAWAY frame")
    func lengths() throws {
        let bench = try LinkBench.ready(.dialler)
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(0), UInt8(6), UInt32(7))
        try bench.channel.writeInbound(bytes)
        #expect(try bench.heard().map(\.brief) == ["goaway frame 0"])
    }

    @Test(
        "an id that is not the peer's to open, or does not rise, is GOAWAY protocol",
        arguments: [
            [2], [3, 3], [5, 3], [3, 4],
        ] as [[UInt32]])
    func ids(ids: [UInt32]) throws {
        let bench = try LinkBench.ready(.listener)
        for id in ids where !bench.isClosed { try bench.say(.open(stream: id, credit: 1)) }
        #expect(try bench.heard().last?.brief.hasPrefix("goaway protocol") == true)
    }

    @Test("the listener opens even ids, the dialler odd ones, rising")
    func ownIDs() throws {
        for (side, first) in [(LinkStateMachine.Side.listener, 2), (.dialler, 1)] as [(LinkStateMachine.Side, UInt32)] {
            let bench = try LinkBench.ready(side)
            for _ in 0..<3 { _ = try bench.open() }
            #expect(
                try bench.heard() == [0, 2, 4].map { .open(stream: first + $0, credit: 65_536) })
        }
    }

    @Test("streams past maxStreams are RESET too_many_streams until one ends")
    func tooMany() throws {
        let bench = try LinkBench.ready(.listener) { $0.maxStreams = 2 }
        try bench.say(.open(stream: 1, credit: 1), .open(stream: 3, credit: 1), .open(stream: 5, credit: 1))
        #expect(try bench.heard().map(\.brief) == ["reset 5 too_many_streams"])
        try bench.say(.data(stream: 5, .zeros(9)), .end(stream: 5))
        try bench.say(.reset(stream: 1, code: .aborted, reason: ""), .open(stream: 7, credit: 1))
        #expect(try bench.heard().isEmpty)
        #expect(bench.delegate.opened.count == 3)
    }

    @Test("more streams than the peer allows are refused on this side, without a frame")
    func tooManyOfOurs() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.maxStreams = 1
        }
        let (stream, _) = try bench.open()
        #expect(throws: StreamFailure.self) { try bench.open() }
        stream.reset(.aborted, "")
        _ = try bench.open()
        #expect(try bench.heard().map(\.brief) == ["open 1", "reset 1 ABORTED", "open 3"])
    }

    @Test("an opener that reaches id 2^31 says GOAWAY renew and lets the live streams finish")
    func renew() throws {
        let bench = try LinkBench.ready(.dialler, firstLocalStream: 0x7FFF_FFFF)
        let (stream, consumer) = try bench.open()
        #expect(throws: StreamFailure(.renew, "stream ids are used up")) { try bench.open() }
        #expect(try bench.heard().map(\.brief) == ["open 2147483647", "goaway renew 0"])
        #expect(try bench.link.farewell?.code == .renew)
        stream.end()
        try bench.say(.end(stream: 0x7FFF_FFFF))
        #expect(try bench.heard().map(\.brief) == ["end 2147483647", "ping"])
        #expect(consumer.events == ["end"])
        #expect(bench.isClosed)
    }
}

import CallProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("Streams of a link")
struct StreamRuleTests {
    @Test("the opener may send the other HELLO's credit at once, the responder what OPEN gave")
    func credit() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 10
        }
        let (stream, consumer) = try bench.open()
        stream.write(.zeros(25))
        stream.end()
        #expect(try bench.heard().map(\.brief) == ["open 1", "data 1 10"])
        try bench.say(.credit(stream: 1, bytes: 7))
        #expect(try bench.heard().map(\.brief) == ["data 1 7"])
        #expect(consumer.sent == 17)
        try bench.say(.credit(stream: 1, bytes: 100))
        #expect(try bench.heard().map(\.brief) == ["data 1 8", "end 1"])

        let other = try LinkBench.ready(.listener)
        try other.say(.open(stream: 1, credit: 4))
        try #require(try other.accepted().stream).write(.zeros(9))
        #expect(try other.heard().map(\.brief) == ["data 1 4"])
    }

    @Test("END needs no credit")
    func endWithoutCredit() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 0
        }
        let (stream, _) = try bench.open()
        stream.end()
        #expect(try bench.heard().map(\.brief) == ["open 1", "end 1"])
    }

    @Test(
        "a stream whose halves have both ended is gone from the table, and so is its consumer",
        arguments: [true, false])
    func freed(weEndFirst: Bool) throws {
        let bench = try LinkBench.ready(.dialler)
        weak var stream: LinkStream?
        weak var consumer: BenchConsumer?
        try {
            let (opened, watching) = try bench.open()
            (stream, consumer) = (opened, watching)
            if weEndFirst { opened.end() }
            _ = try bench.heard()
            try bench.say(.end(stream: 1))
            opened.end()
            _ = try bench.heard()
            #expect(watching.events == ["end"])
        }()
        #expect(bench.handler.streams.isEmpty)
        #expect(stream == nil)
        #expect(consumer == nil)
    }

    @Test("a stream that was reset, by either side, is freed too", arguments: [true, false])
    func freedAfterReset(byUs: Bool) throws {
        let bench = try LinkBench.ready(.dialler)
        weak var stream: LinkStream?
        weak var consumer: BenchConsumer?
        try {
            let (opened, watching) = try bench.open()
            (stream, consumer) = (opened, watching)
            opened.write(.zeros(1_000_000))
            _ = try bench.heard()
            if byUs { opened.reset(.aborted, "") } else { try bench.say(.reset(stream: 1, code: .timeout, reason: "")) }
            _ = try bench.heard()
            #expect(watching.events == (byUs ? [] : ["failed TIMEOUT"]))
        }()
        #expect(stream == nil)
        #expect(consumer == nil)
    }

    @Test("RESET drops what was queued, and neither DATA nor END follows it")
    func reset() throws {
        let bench = try LinkBench.ready(.dialler)
        let (stream, consumer) = try bench.open()
        stream.write(.zeros(100))
        stream.end()
        stream.reset(.aborted, "enough")
        stream.reset(.timeout, "again")
        stream.write(.zeros(100))
        stream.end()
        #expect(try bench.heard().map(\.brief) == ["open 1", "reset 1 ABORTED"])
        #expect(consumer.events.isEmpty)
    }

    @Test("a reset of a stream that has ended well says nothing")
    func resetAfterEnd() throws {
        let bench = try LinkBench.ready(.dialler)
        let (stream, _) = try bench.open()
        stream.end()
        try bench.say(.ping(1))
        try bench.say(.end(stream: 1))
        _ = try bench.heard()
        stream.reset(.aborted, "")
        #expect(try bench.heard().isEmpty)
    }

    @Test("a half-closed stream can still be reset, by both sides")
    func resetHalfClosed() throws {
        let bench = try LinkBench.ready(.dialler)
        let (first, _) = try bench.open()
        first.end()
        _ = try bench.heard()
        first.reset(.aborted, "")
        #expect(try bench.heard().map(\.brief) == ["reset 1 ABORTED"])
        let (_, consumer) = try bench.open()
        try bench.say(.end(stream: 3), .reset(stream: 3, code: .internalError, reason: ""))
        #expect(consumer.events == ["end", "failed INTERNAL"])
    }

    @Test("bytes that came right before RESET are delivered first")
    func bytesBeforeReset() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(
            .open(stream: 1, credit: 1), .data(stream: 1, .zeros(5)), .reset(stream: 1, code: .timeout, reason: ""))
        #expect(try bench.accepted().events == ["bytes 5", "failed TIMEOUT"])
        #expect(try bench.heard().isEmpty)
    }

    @Test("control frames go before the bytes of streams")
    func controlFirst() throws {
        let bench = try LinkBench.ready(.listener)
        try bench.say(.open(stream: 1, credit: 1_000))
        let stream = try #require(try bench.accepted().stream)
        stream.write(.zeros(10))
        try bench.say(.ping(42), .data(stream: 1, .zeros(5)))
        #expect(try bench.heard().map(\.brief) == ["pong 42", "data 1 10"])
    }

    @Test("streams take turns of 16 KiB while another waits; one alone sends 64 KiB at a time")
    func fairness() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 1 << 20
        }
        let (first, _) = try bench.open()
        let (second, _) = try bench.open()
        first.write(.zeros(40 * 1024))
        second.write(.zeros(150 * 1024))
        let expected = [
            "open 1", "open 3", "data 1 16384", "data 3 16384", "data 1 16384", "data 3 16384", "data 1 8192",
            "data 3 65536", "data 3 55296",
        ]
        #expect(try bench.heard().map(\.brief) == expected)
    }

    @Test("a small write does not wait behind the whole of a large one")
    func smallBesideLarge() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 1 << 24
        }
        let (large, _) = try bench.open()
        large.write(.zeros(8 << 20))
        let (small, _) = try bench.open()
        small.write(.zeros(7))
        let frames = try bench.heard().map(\.brief)
        #expect(try #require(frames.firstIndex(of: "data 3 7")) <= 4)
    }

    @Test("who has little to say goes before those that have much, and these get half of the line")
    func briefFirst() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 1 << 20
        }
        /// What is sent of 100 KiB, and of six streams that have 15 KiB to say or grow beyond 16.
        func frames(growing: Int) throws -> [String] {
            let large = try bench.open().0
            large.write(.zeros(100 << 10))
            for number in 0..<6 {
                let small = try bench.open().0
                small.write(.zeros(15 << 10))
                if number < growing { small.write(.zeros(15 << 10)) }
            }
            let first = Int(large.id)
            return try bench.heard().compactMap { frame in
                guard case .data(let stream, let bytes) = frame else { return nil }
                return "\((Int(stream) - first) / 2): \(bytes.readableBytes)"
            }
        }
        let (small, turn) = ("15360", "16384")
        let expected = [
            "1: \(small)", "2: \(small)", "0: \(turn)", "3: \(small)", "4: \(small)", "0: \(turn)", "5: \(small)",
            "6: \(small)", "0: 65536", "0: 4096",
        ]
        #expect(try frames(growing: 0) == expected)
        // The same again: what went before counts for nobody.
        #expect(try frames(growing: 0) == expected)
        let grown = try frames(growing: 2)
        #expect(grown.prefix(4) == ["3: \(small)", "4: \(small)", "0: \(turn)", "5: \(small)"])
    }

    @Test("on a fast link a turn is longer, frame by frame, and short again when it is slow")
    func longTurns() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 1 << 28
        }
        let (first, second) = (try bench.open().0, try bench.open().0)
        /// What is sent at a time of 2 MiB of the first, while the second has 300 KiB to say.
        func turns() throws -> [Int] {
            first.write(.zeros(2 << 20))
            second.write(.zeros(300 << 10))
            var turns = [0]
            for frame in try bench.heard() {
                guard case .data(let stream, let bytes) = frame else { continue }
                if stream == first.id { turns[turns.count - 1] += bytes.readableBytes } else { turns.append(0) }
            }
            return turns.filter { $0 > 0 }
        }
        #expect(try turns()[..<3] == [16 << 10, 16 << 10, 16 << 10])
        // 2.3 MiB in 5 ms, and what has begun of the next: some 130 KiB in a quarter of a millisecond.
        bench.pass(0.005)
        _ = try turns()
        let long = try turns()[0]
        #expect((110_000...160_000).contains(long), "\(long)")
        bench.pass(10)
        #expect(try turns()[..<2] == [16 << 10, 16 << 10])
    }

    @Test("nothing is written while the channel is full, and the rest goes when it is not")
    func notWritable() throws {
        let bench = try LinkBench.ready(.dialler)
        bench.writable(false)
        let (stream, consumer) = try bench.open()
        stream.write(.zeros(100))
        #expect(try bench.heard().isEmpty)
        #expect(consumer.sent == 0)
        bench.writable(true)
        #expect(try bench.heard().map(\.brief) == ["open 1", "data 1 100"])
    }

    @Test("a consumer may write, consume and reset while it is told that bytes were sent")
    func reentrant() throws {
        let bench = try LinkBench.ready(.dialler) { _ in
        } peers: {
            $0.initialCredit = 1 << 20
        }
        let (first, consumer) = try bench.open()
        let (second, _) = try bench.open()
        try bench.say(.data(stream: 3, .zeros(40_000)))
        var left = 5
        consumer.onSent = {
            left -= 1
            if left > 0 { first.write(.zeros(10)) } else { second.reset(.aborted, "") }
            second.consumed(20_000)
        }
        first.write(.zeros(10))
        let frames = try bench.heard().map(\.brief)
        #expect(frames.filter { $0 == "data 1 10" }.count == 5)
        #expect(frames.last == "reset 3 ABORTED")
    }

    @Test("small writes leave as one frame")
    func joined() throws {
        let bench = try LinkBench.ready(.dialler)
        let (stream, _) = try bench.open()
        for _ in 0..<1_000 { stream.write(.zeros(3)) }
        #expect(try bench.heard().map(\.brief) == ["open 1", "data 1 3000"])
    }

    @Test("the loss of the connection fails every stream as UNAVAILABLE, once")
    func lost() throws {
        let bench = try LinkBench.ready(.dialler)
        let (_, consumer) = try bench.open()
        _ = try bench.channel.finish(acceptAlreadyClosed: true)
        #expect(consumer.events == ["failed UNAVAILABLE"])
        #expect(bench.delegate.ends.count == 1)
    }

    @Test("a link, its handler and its streams are freed when it is over")
    func nothingKept() throws {
        weak var link: Link?
        weak var handler: LinkHandler?
        weak var stream: LinkStream?
        try {
            let bench = try LinkBench.ready(.dialler)
            stream = try bench.open().0
            link = try bench.link
            handler = bench.handler
            bench.handler.close(.aborted)
            _ = try bench.channel.finish(acceptAlreadyClosed: true)
        }()
        #expect(link == nil)
        #expect(handler == nil)
        #expect(stream == nil)
    }
}

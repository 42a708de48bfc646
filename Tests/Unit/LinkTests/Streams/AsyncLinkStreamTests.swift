import CallProtocol
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import Link

@Suite("Streams for tasks", .timeLimit(.minutes(2)))
struct AsyncLinkStreamTests {
    private func withTwin(
        hello: @Sendable (inout Hello) -> Void = { _ in },
        _ body: (Link, StreamInbox, TwinLinks) async throws -> Void
    ) async throws {
        let inbox = StreamInbox()
        let twin = try await TwinLinks.connect(
            on: MultiThreadedEventLoopGroup.singleton, hello: hello, accept: inbox.accept)
        do {
            try await body(twin.dialler, inbox, twin)
        } catch {
            await twin.close()
            throw error
        }
        await twin.close()
    }

    private func readAll(_ stream: AsyncLinkStream) async throws -> Int {
        var count = 0
        while let bytes = try await stream.read() { count += bytes.readableBytes }
        return count
    }

    @Test("who does not wait gets what has come, and is told once when there is more, if only the end")
    func withoutWaiting() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open(ByteBuffer(string: "open"))
            let far = try #require(await inbox.next())
            let told = Recorder<String>()
            try await eventually { !far.whenReadable { told.add("open") } }
            guard case .bytes(let opening) = far.readNow(), case .nothing = far.readNow() else {
                Issue.record("not what was sent")
                return
            }
            #expect(String(buffer: opening) == "open")
            let before = told.count
            #expect(far.whenReadable { told.add("more") })
            try await near.write(ByteBuffer(string: "more"))
            try await eventually { told.count == before + 1 }
            #expect(!far.whenReadable { told.add("never") })
            guard case .bytes = far.readNow() else {
                Issue.record("nothing came")
                return
            }
            #expect(far.whenReadable { told.add("end") })
            near.finish()
            try await eventually { told.all.last == "end" }
            guard case .ended = far.readNow() else {
                Issue.record("no end")
                return
            }
            #expect(near.whenReadable { told.add("lost") })
            link.abort()
            try await eventually { told.all.last == "lost" }
            guard case .failed = near.readNow() else {
                Issue.record("no failure")
                return
            }
        }
    }

    @Test("who does not wait writes what there is room for, in order with those who do, and nothing after the end")
    func writingWithoutWaiting() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open(ByteBuffer())
            #expect(near.writeNow(ByteBuffer(string: "a")))
            try await near.write(ByteBuffer(string: "b"))
            #expect(near.writeNow(ByteBuffer(string: "c")))
            // More than the credit: it stays in the queue, which has its bound.
            let large = ByteBuffer(repeating: 1, count: AsyncLinkStream.writeLimit / 2)
            var taken = 0
            while near.writeNow(large), taken < 100 { taken += 1 }
            #expect(taken < 100)
            near.finish()
            #expect(!near.writeNow(ByteBuffer(string: "d")))
            let far = try #require(await inbox.next())
            var heard = ByteBuffer()
            while var bytes = try await far.read() { heard.writeBuffer(&bytes) }
            #expect(heard.readString(length: 3) == "abc")
            #expect(heard.readableBytes == taken * large.readableBytes)
            link.abort()
            let lost = link.open(ByteBuffer())
            try await eventually { !lost.writeNow(ByteBuffer(string: "e")) }
        }
    }

    @Test("what one side writes the other reads, and END ends each half by itself")
    func echo() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open(ByteBuffer(string: "open"))
            let far = try #require(await inbox.next())
            #expect(try await far.read() == ByteBuffer(string: "open"))
            try await far.write(ByteBuffer(string: "answer"))
            #expect(try await near.read() == ByteBuffer(string: "answer"))
            near.finish()
            #expect(try await far.read() == nil)
            #expect(far.hasEnded)
            try await far.write(ByteBuffer(string: "late"))
            far.finish()
            #expect(try await near.read() == ByteBuffer(string: "late"))
            #expect(try await near.read() == nil)
            #expect(try await near.read() == nil)
        }
    }

    @Test("a writer waits while nobody reads, with little queued, and goes on when somebody does")
    func backPressure() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open()
            let far = try #require(await inbox.next())
            let written = Recorder<Int>()
            let writing = Task {
                for _ in 0..<200 {
                    try await near.write(.zeros(32 * 1024))
                    written.add(32 * 1024)
                }
                near.finish()
            }
            // 256 KiB of queue, and as much of the 64 KiB of credit as was used before it was full.
            try await eventually { written.count >= 8 }
            for _ in 0..<200 { await Task.yield() }
            #expect(written.count <= 11)
            #expect(try await readAll(far) == 200 * 32 * 1024)
            try await writing.value
        }
    }

    @Test(
        "a window smaller than the batch in which credit comes back still moves bytes",
        arguments: [1, 7, 1_000, 8_192] as [UInt32])
    func smallWindow(window: UInt32) async throws {
        try await withTwin(hello: { $0.initialCredit = window }) { link, inbox, _ in
            let near = link.open()
            let far = try #require(await inbox.next())
            let length = Int(window) * 20 + 3
            let writing = Task {
                try await near.write(.zeros(length))
                near.finish()
            }
            #expect(try await readAll(far) == length)
            try await writing.value
        }
    }

    @Test("many small writes cost what their bytes do, and arrive in order")
    func smallWrites() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open()
            let far = try #require(await inbox.next())
            let writing = Task {
                for number in 0..<50_000 as Range<UInt32> { try await near.write(ByteBuffer(integer: number)) }
                near.finish()
            }
            var all = ByteBuffer()
            while let bytes = try await far.read() { all.writeImmutableBuffer(bytes) }
            try await writing.value
            #expect(all.readableBytes == 200_000)
            var next: UInt32 = 0
            while let number = all.readInteger(as: UInt32.self), number == next { next += 1 }
            #expect(next == 50_000)
        }
    }

    @Test("a reset reaches reader, writer and onFailure of both sides exactly once")
    func resetReachesAll() async throws {
        try await withTwin { link, inbox, _ in
            for round in 0..<50 {
                let near = link.open()
                let far = try #require(await inbox.next())
                let failures = Recorder<String>()
                near.onFailure { failures.add("near \($0.code)") }
                far.onFailure { failures.add("far \($0.code)") }
                let reading = Task { try await far.read() }
                async let nearReading = near.read()
                let writing = Task {
                    while true { try await far.write(.zeros(64 * 1024)) }
                }
                if round.isMultiple(of: 2) { await Task.yield() }
                near.reset(.timeout, "round \(round)")
                near.reset(.internalError, "again")
                near.finish()
                await #expect(throws: StreamFailure(.timeout, "round \(round)")) { try await reading.value }
                await #expect(throws: StreamFailure(.timeout, "round \(round)")) { try await writing.value }
                // Bytes that were there before the reset may still be read.
                _ = try? await nearReading
                try await eventually { failures.count == 2 }
                #expect(Set(failures.all) == ["near TIMEOUT", "far TIMEOUT"])
                let late = Recorder<StreamFailure>()
                near.onFailure { late.add($0) }
                #expect(late.count == 1)
            }
        }
    }

    @Test("the loss of the link fails what is open as UNAVAILABLE, and what is opened later")
    func linkLost() async throws {
        try await withTwin { link, inbox, twin in
            let near = link.open()
            let far = try #require(await inbox.next())
            let reading = Task { try await near.read() }
            twin.listener.abort()
            await #expect(throws: StreamFailure.linkLost) { try await reading.value }
            await #expect(throws: StreamFailure.linkLost) { try await far.write(.zeros(1)) }
            let late = link.open(.zeros(10))
            await #expect(throws: StreamFailure.self) { try await late.read() }
        }
    }

    @Test("a reset before the stream was opened is a reset all the same")
    func resetAtOnce() async throws {
        try await withTwin { link, inbox, twin in
            for _ in 0..<200 {
                let near = link.open(.zeros(100))
                near.reset(.aborted, "changed my mind")
                await #expect(throws: StreamFailure(.aborted, "changed my mind")) { try await near.write(.zeros(1)) }
            }
            let last = link.open(.zeros(100))
            last.finish()
            try await eventually { try await twin.openStreams() <= 2 }
        }
    }

    @Test("what was written before a reset comes before it, behind an opening too", arguments: [6, 100_000])
    func resetBehind(count: Int) async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open(.zeros(150))
            let far = try #require(await inbox.next())
            #expect(try await far.read()?.readableBytes == 150)
            let start = ContinuousClock.now
            #expect(near.writeNow(.zeros(count)))
            near.resetBehind(.aborted, "gone") {}
            var heard = 0
            let failure = await #expect(throws: StreamFailure.self) {
                while let bytes = try await far.read() { heard += bytes.readableBytes }
            }
            #expect(failure == StreamFailure(.aborted, "gone"))
            #expect(heard == count)
            // It waits ten seconds where it never learns that all has left.
            #expect(start.duration(to: .now) < .seconds(8))
        }
    }

    @Test("cancelling a task ends its waiting read or write and leaves the stream alone")
    func cancellation() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open()
            let far = try #require(await inbox.next())
            for round in 0..<200 {
                let reading = Task { try await near.read() }
                if round.isMultiple(of: 2) { await Task.yield() }
                reading.cancel()
                await #expect(throws: StreamFailure.self) { try await reading.value }
            }
            let written = Recorder<Int>()
            let writing = Task {
                while true {
                    try await near.write(.zeros(64 * 1024))
                    written.add(1)
                }
            }
            try await eventually { written.count >= 4 }
            writing.cancel()
            await #expect(throws: StreamFailure.self) { try await writing.value }
            near.finish()
            // Everything that was taken arrives, the last write included.
            #expect(try await readAll(far) == (written.count + 1) * 64 * 1024)
            try await far.write(ByteBuffer(string: "well"))
            #expect(try await near.read() == ByteBuffer(string: "well"))
        }
    }

    @Test("two writers that wait at once both go on")
    func twoWriters() async throws {
        try await withTwin { link, inbox, _ in
            let near = link.open()
            let far = try #require(await inbox.next())
            async let one: Void = near.write(.zeros(400_000))
            async let two: Void = near.write(.zeros(400_000))
            var count = 0
            while count < 800_000, let bytes = try await far.read() { count += bytes.readableBytes }
            try await one
            try await two
        }
    }

    @Test(
        "finish, reset and writes that race leave nothing hanging and no stream behind",
        arguments: 0..<8 as Range<UInt64>)
    func races(seed: UInt64) async throws {
        try await withTwin { link, inbox, twin in
            for round in 0..<150 {
                var random = SeededRandom(seed: seed << 32 + UInt64(round))
                let sizes = (0..<6).map { _ in random.int(0...200_000) }
                let (resets, farResets) = (random.chance(0.5), random.chance(0.3))
                let near = link.open(.zeros(sizes[0]))
                let far = try #require(await inbox.next())
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for size in sizes { try? await near.write(.zeros(size)) }
                        near.finish()
                    }
                    group.addTask { if resets { near.reset(.aborted, "") } }
                    group.addTask { while (try? await near.read()) != nil {} }
                    group.addTask { while (try? await far.read()) != nil {} }
                    group.addTask {
                        try? await far.write(.zeros(sizes[1]))
                        if farResets { far.reset(.internalError, "") } else { far.finish() }
                    }
                }
            }
            try await eventually { try await twin.openStreams() == 0 }
        }
    }

    @Test("a stream that nobody holds any more is freed once it is over")
    func freed() async throws {
        try await withTwin { link, inbox, _ in
            for well in [true, false] {
                let (near, far) = try await useOnce(link, inbox, well: well)
                try await eventually { near.isGone && far.isGone }
            }
        }
    }

    /// Lets a stream live and end; what is left are weak references.
    private func useOnce(_ link: Link, _ inbox: StreamInbox, well: Bool) async throws -> (WeakBox, WeakBox) {
        let near = link.open(.zeros(10))
        let far = try #require(await inbox.next())
        if well { near.finish() } else { near.reset(.aborted, "") }
        while (try? await far.read()) != nil {}
        far.finish()
        while (try? await near.read()) != nil {}
        return (WeakBox(near), WeakBox(far))
    }
}

/// A weak reference that may cross tasks.
private struct WeakBox: Sendable {
    private weak let value: AsyncLinkStream?

    init(_ value: AsyncLinkStream?) { self.value = value }

    var isGone: Bool { value == nil }
}

extension TwinLinks {
    /// Streams in the tables of both ends.
    func openStreams() async throws -> Int {
        var count = 0
        for link in [dialler, listener] { count += try await link.streamCount().get() }
        return count
    }
}

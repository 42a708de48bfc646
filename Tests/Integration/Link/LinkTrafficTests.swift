import CallProtocol
import Link
import Logging
import NIOCore
import NIOPosix
import Operations
import TestKit
import Testing

@Suite("Traffic over TLS on loopback", .serialized, .timeLimit(.minutes(3)))
struct LinkTrafficTests {
    /// Serves every stream of the hub with its own bytes back.
    private func withEcho(_ hub: LoopbackHub, _ body: () async throws -> Void) async throws {
        let echoing = Task {
            await withTaskGroup(of: Void.self) { group in
                while let stream = await hub.inbox.next() {
                    group.addTask {
                        do {
                            while let bytes = try await stream.read() { try await stream.write(bytes) }
                            stream.finish()
                        } catch {}
                    }
                }
            }
        }
        defer { echoing.cancel() }
        try await body()
    }

    @Test("a thousand streams at once each get their own bytes back")
    func manyStreams() async throws {
        try await LoopbackHub.with { hub in
            try await withEcho(hub) {
                try await hub.withLink { link in
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        for number in 0..<1_000 as Range<UInt64> {
                            group.addTask {
                                let said = ByteBuffer(
                                    bytes: (0..<300).map { UInt8(truncatingIfNeeded: $0 &+ Int(number)) })
                                let stream = link.open(said)
                                stream.finish()
                                var back = ByteBuffer()
                                while let bytes = try await stream.read() { back.writeImmutableBuffer(bytes) }
                                return back == said
                            }
                        }
                        for try await isSame in group { #expect(isSame) }
                    }
                    try await eventually { try await link.streamCount().get() == 0 }
                    let far = try #require(hub.links.all.first)
                    try await eventually { try await far.streamCount().get() == 0 }
                }
            }
        }
    }

    @Test("200 MB go up and down at once and arrive as they were sent")
    func bulk() async throws {
        let length = 200_000_000
        let pattern = Pattern()
        try await LoopbackHub.with { hub in
            try await hub.withLink { link in
                let near = link.open()
                let far = try #require(await hub.inbox.next())
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for stream in [near, far] {
                        group.addTask {
                            var sent = 0
                            while sent < length {
                                let piece = pattern.piece(at: sent, length: min(256 * 1024, length - sent))
                                try await stream.write(piece)
                                sent += piece.readableBytes
                            }
                            stream.finish()
                            return true
                        }
                        group.addTask {
                            var got = 0
                            while let bytes = try await stream.read() {
                                // Never more than a full window waits to be read.
                                guard bytes.readableBytes <= 16 << 20, pattern.holds(bytes, at: got) else {
                                    return false
                                }
                                got += bytes.readableBytes
                            }
                            return got == length
                        }
                    }
                    for try await isGood in group { #expect(isGood) }
                }
            }
        }
    }

    @Test("a reader that does not read stalls its own stream only, and holds no more than a window")
    func slowReader() async throws {
        try await LoopbackHub.with { hub in
            let offered = StreamInbox()
            try await hub.withLink(accept: offered.accept) { link in
                let far = try #require(hub.links.all.first)
                let stuck = far.open()
                let written = Recorder<Int>()
                let writing = Task {
                    while true {
                        try await stuck.write(ByteBuffer(repeating: 1, count: 64 * 1024))
                        written.add(1)
                    }
                }
                let unread = try #require(await offered.next())
                try await eventually { written.count >= 4 }
                try await withEcho(hub) {
                    for _ in 0..<300 {
                        let stream = link.open(ByteBuffer(string: "ping"))
                        let back = try await stream.read()
                        #expect(back == ByteBuffer(string: "ping"))
                        stream.finish()
                    }
                }
                // The window does not grow while nobody reads: 64 KiB, and 256 KiB of queue.
                #expect(written.count <= 6)
                writing.cancel()
                _ = try? await writing.value
                unread.reset(.aborted, "")
            }
        }
    }

    @Test("draining lets what is under way arrive whole")
    func drain() async throws {
        let pattern = Pattern()
        try await LoopbackHub.with { hub in
            let link = try await hub.dialler().dial([hub.address], hello: LoopbackHub.spokeHello) { _, _ in }
            let near = link.open(ByteBuffer(string: "give"))
            near.finish()
            let far = try #require(await hub.inbox.next())
            let sending = Task {
                var sent = 0
                while sent < 20_000_000 {
                    try await far.write(pattern.piece(at: sent, length: 100_000))
                    sent += 100_000
                }
                far.finish()
            }
            hub.links.all.first?.drain(GoAway(code: .shutdown, reason: "restart", retryAfterMilliseconds: 100))
            var got = 0
            while let bytes = try await near.read() {
                #expect(pattern.holds(bytes, at: got))
                got += bytes.readableBytes
            }
            #expect(got == 20_000_000)
            try await sending.value
            guard case .farewell(let goAway) = try await link.end.get() else {
                Issue.record("no farewell")
                return
            }
            #expect(goAway.code == .shutdown)
            #expect(goAway.retryAfterMilliseconds == 100)
            try await eventually { hub.ends.all.count == 1 }
        }
    }

    @Test("a connection that breaks without a word fails both ends at once")
    func broken() async throws {
        try await LoopbackHub.with { hub in
            try await TCPProxy.with(to: try SocketAddress(ipAddress: "127.0.0.1", port: hub.address.port)) { proxy in
                try await hub.withLink(at: HostPort(host: "127.0.0.1", port: proxy.port)) { link in
                    let near = link.open(ByteBuffer(string: "x"))
                    let far = try #require(await hub.inbox.next())
                    _ = try await far.read()
                    proxy.cut()
                    await #expect(throws: StreamFailure.linkLost) { try await near.read() }
                    await #expect(throws: StreamFailure.linkLost) { try await far.read() }
                    let (end, other) = (try await link.end.get(), hub.ends.all.first)
                    if case .lost = end {} else { Issue.record("\(end)") }
                    if case .lost? = other {} else { Issue.record("\(String(describing: other))") }
                }
            }
        }
    }

    @Test("a line that swallows everything is found out by both sides")
    func halfOpen() async throws {
        var settings = LinkSettings()
        settings.pingInterval = .milliseconds(300)
        settings.idleLimit = .seconds(2)
        try await LoopbackHub.with(settings: settings) { hub in
            try await TCPProxy.with(to: try SocketAddress(ipAddress: "127.0.0.1", port: hub.address.port)) { proxy in
                try await hub.withLink(settings: settings, at: HostPort(host: "127.0.0.1", port: proxy.port)) { link in
                    // Not a wait but what is shown first: with nothing said but PINGs it outlives the limit.
                    try await Task.sleep(for: .seconds(5))
                    #expect(link.farewell == nil && hub.ends.all.isEmpty)
                    proxy.swallow()
                    let end = try await link.end.get()
                    #expect(end == .lost("nothing was heard for 2 s"))
                    try await eventually { hub.ends.count == 1 }
                    #expect(hub.ends.all == [.lost("nothing was heard for 2 s")])
                }
            }
        }
    }

    @Test("calls over a link: many at once, and UNAVAILABLE when it breaks")
    func calls() async throws {
        struct Text: Described, Hashable {
            var text: String
            static let schema = JSONSchema.object(["text": .string()], required: ["text"])
        }
        let echo = Operation<Text, Text>("test/echo", .query, summary: "Says it back")
        let wait = Operation<Text, Text>("test/wait", .query, summary: "Never answers")
        let started = Recorder<String>()
        let registry = try OperationRegistry([
            echo.handled { input, _ in input },
            wait.handled { input, _ in
                started.add(input.text)
                try await Task.sleep(for: .seconds(1_000))
                return input
            },
        ])
        let dispatcher = Dispatcher(registry: registry, logger: .init(label: "test"))
        try await LoopbackHub.with { hub in
            try await hub.withLink(accept: { stream, _ in
                dispatcher.start(AsyncLinkStream(stream)) { _ in
                    Caller(peer: "hub", name: "hub", role: "admin", grants: [Grant(scopes: ["*"])])
                }
            }) { link in
                let client = CallClient(try #require(hub.links.all.first))
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<500 {
                        group.addTask { try await client.call(echo, Text(text: "\(number)")).text == "\(number)" }
                    }
                    for try await isGood in group { #expect(isGood) }
                }
                let waiting = Task { try await client.call(wait, Text(text: "x")) }
                try await eventually { started.count == 1 }
                link.abort()
                await #expect(throws: CallError(StreamFailure.linkLost)) { try await waiting.value }
            }
        }
    }
}

/// Bytes that can be told from their place: a period that no power of two divides.
struct Pattern: Sendable {
    private static let period = 65_521
    private let bytes: ByteBuffer

    init() {
        var random = SeededRandom(seed: 5)
        let once = random.bytes(Self.period)
        var all = ByteBuffer()
        while all.readableBytes < 18 << 20 { all.writeBytes(once) }
        bytes = all
    }

    func piece(at place: Int, length: Int) -> ByteBuffer {
        bytes.getSlice(at: place % Self.period, length: length) ?? ByteBuffer()
    }

    func holds(_ portion: ByteBuffer, at place: Int) -> Bool {
        piece(at: place, length: portion.readableBytes) == portion
    }
}

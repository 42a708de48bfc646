import CallProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import Link

/// One end of a link on an embedded channel. The test is the peer: it says frames and sees the frames that come back.
/// Time stands still unless the test advances it.
final class LinkBench {
    let channel: EmbeddedChannel
    let handler: LinkHandler
    let delegate: BenchDelegate
    let budget: WindowBudget
    private var decoder = FrameDecoder()
    private let side: LinkStateMachine.Side

    static let instance = String(repeating: "0f", count: 16)
    static let peer = PeerIdentity(fingerprint: Fingerprint(spki: [1]), spki: [1], address: "bench")

    init(
        _ side: LinkStateMachine.Side, settings: LinkSettings = LinkSettings(), budget: WindowBudget = WindowBudget(),
        firstLocalStream: UInt32? = nil, connect: Bool = true, change: (inout Hello) -> Void = { _ in }
    ) throws {
        self.side = side
        self.budget = budget
        delegate = BenchDelegate()
        let hello = Self.hello(side == .listener ? .hub : .spoke, change)
        handler = LinkHandler(
            side: side, hello: hello, settings: settings, delegate: delegate, budget: budget, peer: Self.peer)
        if let firstLocalStream {
            handler.machine = LinkStateMachine(
                side: side, maximumRemoteStreams: hello.maxStreams, firstLocalStream: firstLocalStream)
        }
        channel = EmbeddedChannel(handler: handler)
        if connect { try connectChannel() }
    }

    func connectChannel() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    static func hello(_ role: Hello.Role, _ change: (inout Hello) -> Void = { _ in }) -> Hello {
        var hello = Hello(software: "bench", role: role, instance: instance)
        change(&hello)
        return hello
    }

    /// The peer says these in one read.
    func say(_ frames: Frame...) throws {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeFrame(frame) }
        try channel.writeInbound(bytes)
    }

    /// The peer's HELLO.
    func sayHello(_ change: (inout Hello) -> Void = { _ in }) throws {
        let hello = Self.hello(side == .listener ? .spoke : .hub, change)
        try say(.hello(try JSONCoding.encode(hello).buffer))
    }

    /// A link whose HELLOs are exchanged and whose first PING is answered.
    static func ready(
        _ side: LinkStateMachine.Side, settings: LinkSettings = LinkSettings(), budget: WindowBudget = WindowBudget(),
        firstLocalStream: UInt32? = nil, mine: (inout Hello) -> Void = { _ in },
        peers: (inout Hello) -> Void = { _ in }
    ) throws -> LinkBench {
        let bench = try LinkBench(
            side, settings: settings, budget: budget, firstLocalStream: firstLocalStream, change: mine)
        try bench.sayHello(peers)
        for frame in try bench.heard() {
            if case .ping(let token) = frame { try bench.say(.pong(token)) }
        }
        return bench
    }

    /// What was sent since the last look.
    func heard() throws -> [Frame] {
        channel.embeddedEventLoop.run()
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { decoder.append(bytes) }
        var frames: [Frame] = []
        while let frame = try decoder.next() { frames.append(frame) }
        return frames
    }

    /// Lets `seconds` pass.
    func pass(_ seconds: Double) {
        channel.embeddedEventLoop.advanceTime(by: .nanoseconds(Int64(seconds * 1e9)))
    }

    func writable(_ writable: Bool) {
        channel.isWritable = writable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    var link: Link { get throws { try #require(delegate.ready.first) } }

    /// Opens a stream of this end with a consumer that records.
    func open() throws -> (LinkStream, BenchConsumer) {
        let stream = try handler.openStream()
        return (stream, BenchConsumer(stream))
    }

    /// The last stream that the peer opened.
    func accepted() throws -> BenchConsumer { try #require(delegate.opened.last) }

    var isClosed: Bool { !channel.isActive }
}

/// Notes what a link tells its user.
final class BenchDelegate: LinkDelegate {
    var judge: (Hello) -> GoAway? = { _ in nil }
    /// Whether each stream is answered at once.
    var answers = false
    private(set) var ready: [Link] = []
    private(set) var opened: [BenchConsumer] = []
    private(set) var ends: [LinkEnd] = []

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { judge(hello) }
    func linkIsReady(_ link: Link) { ready.append(link) }

    func linkOpened(_ stream: LinkStream, on link: Link) {
        opened.append(BenchConsumer(stream))
        guard answers else { return }
        stream.write(.zeros(50))
        stream.end()
    }

    func linkEnded(_ link: Link?, _ end: LinkEnd) { ends.append(end) }

    func forget() { (ready, opened) = ([], []) }
}

/// Notes what a stream tells its consumer.
final class BenchConsumer: StreamConsumer {
    private(set) weak var stream: LinkStream?
    /// What happened, in order.
    private(set) var events: [String] = []
    private(set) var received = 0
    private(set) var sent = 0
    var onSent: () -> Void = {}

    init(_ stream: LinkStream) {
        self.stream = stream
        stream.consumer = self
    }

    func streamReceived(_ bytes: ByteBuffer) {
        received += bytes.readableBytes
        events.append("bytes \(bytes.readableBytes)")
    }

    func streamEnded() { events.append("end") }
    func streamFailed(_ failure: StreamFailure) { events.append("failed \(failure.code)") }

    func streamSent(_ bytes: Int) {
        sent += bytes
        onSent()
    }
}

extension Frame {
    /// `type stream`, with what matters of the rest.
    var brief: String {
        switch self {
        case .hello: "hello"
        case .open(let stream, _): "open \(stream)"
        case .data(let stream, let bytes): "data \(stream) \(bytes.readableBytes)"
        case .end(let stream): "end \(stream)"
        case .reset(let stream, let code, _): "reset \(stream) \(code)"
        case .credit(let stream, let bytes): "credit \(stream) \(bytes)"
        case .ping: "ping"
        case .pong(let token): "pong \(token)"
        case .goAway(let goAway): "goaway \(goAway.code) \(goAway.lastStream)"
        case .ignored(let type): "ignored \(type)"
        }
    }
}

extension ByteBuffer {
    static func zeros(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0, count: count) }
}

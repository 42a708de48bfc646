package import NIOCore

/// How long clients may take.
package struct ProxyPatience: Sendable, Hashable {
    /// Until a request begins.
    package var idle = TimeAmount.seconds(75)
    /// From the first byte of a head to its last.
    package var head = TimeAmount.seconds(15)
    /// A body whose length is said, and an answer that is taken: so many bytes in so long.
    package var (window, bytes): (TimeAmount, Int64) = (.seconds(30), 15_000)
    /// A body without a said length, and the answer to a client that has ended its half: until the next bytes.
    package var stream = TimeAmount.seconds(300)

    package init() {}
}

/// Counts what passes between a client and the proxy, and cuts off who keeps it waiting: a connection that sends a byte now and then
/// costs the attacker nothing and the proxy a place.
///
/// It stands before the codecs. Event loop only.
final class ClientPatience: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a client is waited for with.
    enum Expectation {
        case head, body, stream
        /// It has said all, and gets its answer.
        case lastAnswer
        /// It may say something or not.
        case anything
        /// It is not listened to.
        case nothing
    }

    var onTimeout: ((Expectation) -> Void)?
    /// Whether something has come since the expectation began.
    private(set) var hasHeard = false
    private let limits: ProxyPatience
    private var expectation = Expectation.nothing
    private var since = NIODeadline.now()
    private var (heard, lastHeard): (Int64, NIODeadline) = (0, .now())
    private var (written, taken, lastTaken): (Int64, Int64, NIODeadline) = (0, 0, .now())
    private var lastWritten = NIODeadline.now()
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?

    init(_ limits: ProxyPatience) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        look(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        (timer, self.context, onTimeout) = (nil, nil, nil)
        context.fireChannelInactive()
    }

    func expect(_ next: Expectation) {
        guard next != expectation else { return }
        (expectation, since, heard, hasHeard, lastHeard) = (next, .now(), 0, false, .now())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasHeard, expectation == .head { since = .now() }
        heard += Int64(unwrapInboundIn(data).readableBytes)
        (hasHeard, lastHeard) = (true, .now())
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if let bytes = context.channel.unwrapBytes(data) {
            if waiting == 0 { lastTaken = .now() }
            written += Int64(bytes.readableBytes)
            lastWritten = .now()
        }
        context.write(data, promise: promise)
    }

    /// Writes bytes past the codecs.
    func write(raw bytes: ByteBuffer) {
        guard let context else { return }
        write(context: context, data: NIOAny(bytes), promise: nil)
    }

    /// Runs `body` when everything that was written has left for the system; never where the connection breaks before.
    func flush(then body: @escaping () -> Void) {
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenSuccess(body)
    }

    /// Bytes that the client has not taken.
    private var waiting: Int64 {
        let count = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return Int64((count ?? nil) ?? 0)
    }

    private func look(_ context: ChannelHandlerContext) {
        if let overdue { onTimeout?(overdue) }
        guard self.context != nil else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: tick) { self.look(context) }
    }

    /// Often enough for the shortest of the limits.
    private var tick: TimeAmount {
        .nanoseconds(min(limits.idle, limits.head, limits.window, limits.stream).nanoseconds / 4)
    }

    /// What has not come in time; nil where all is well.
    private var overdue: Expectation? {
        let now = NIODeadline.now()
        let left = waiting
        if left > 0, expectation != .anything {
            let progress = written - left - taken
            if progress >= limits.bytes { (taken, lastTaken) = (written - left, now) }
            if now - lastTaken > limits.window { return .nothing }
        } else {
            (taken, lastTaken) = (written - left, now)
        }
        switch expectation {
        case .head: return now - since > (hasHeard ? limits.head : limits.idle) ? .head : nil
        case .stream: return now - lastHeard > limits.stream ? .stream : nil
        case .body:
            guard now - since > limits.window else { return nil }
            defer { (since, heard) = (now, 0) }
            return heard < limits.bytes ? .body : nil
        case .lastAnswer: return now - max(since, lastWritten) > limits.stream ? .lastAnswer : nil
        case .anything, .nothing: return nil
        }
    }
}

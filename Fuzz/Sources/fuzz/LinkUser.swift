import CallProtocol
import Link
import NIOCore

/// Whoever uses the link under fire: takes streams, opens one, and counts what it is told.
final class LinkUser: LinkDelegate {
    private let answers: Bool
    private let opens: Bool
    private let consumes: Bool
    private(set) var link: Link?
    private(set) var ends = 0
    private var streams: [StreamUser] = []

    init(answers: Bool, opens: Bool, consumes: Bool) {
        (self.answers, self.opens, self.consumes) = (answers, opens, consumes)
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { nil }

    func linkIsReady(_ link: Link) {
        must(self.link == nil && ends == 0, "a link is ready once")
        self.link = link
        if opens, let stream = try? link.openOnLoop() { use(stream) }
    }

    func linkOpened(_ stream: LinkStream, on link: Link) { use(stream) }

    func linkEnded(_ link: Link?, _ end: LinkEnd) {
        ends += 1
        must(!end.reason.isEmpty, "an end has a reason")
    }

    private func use(_ stream: LinkStream) {
        let user = StreamUser(stream, consumes: consumes)
        stream.consumer = user
        streams.append(user)
        if answers { stream.end() }
    }

    /// After the link's end.
    func checkStreams() {
        for user in streams { user.checkOver() }
    }
}

/// The consumer of one stream.
private final class StreamUser: StreamConsumer {
    private let stream: LinkStream
    private let consumes: Bool
    private var hasEnded = false
    private var hasFailed = false
    private var unsent = 5000

    init(_ stream: LinkStream, consumes: Bool) {
        (self.stream, self.consumes) = (stream, consumes)
        stream.write(ByteBuffer(repeating: 1, count: unsent))
    }

    func streamReceived(_ bytes: ByteBuffer) {
        must(bytes.readableBytes > 0 && !hasEnded && !hasFailed, "bytes come before the end, and some")
        if consumes { stream.consumed(bytes.readableBytes) }
    }

    func streamEnded() {
        must(!hasEnded && !hasFailed, "a stream ends once")
        hasEnded = true
    }

    func streamFailed(_ failure: StreamFailure) {
        must(!hasFailed, "a stream fails once")
        hasFailed = true
    }

    func streamSent(_ bytes: Int) {
        unsent -= bytes
        must(bytes > 0 && unsent >= 0 && !hasFailed, "what was sent was written before")
    }

    func checkOver() {
        must(hasFailed || stream.isClosed, "a stream of a link that is over has ended")
        must(hasFailed || (hasEnded && unsent == 0), "a stream that ended well was sent and received whole")
        stream.consumer = nil
    }
}

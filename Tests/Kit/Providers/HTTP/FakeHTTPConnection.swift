import NIOCore
import NIOHTTP1

/// Collects whole requests of one connection and has each answered.
///
/// That the next one waits until this one is answered is the doing of NIO's pipelining handler before it.
final class FakeHTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: FakeHTTPServer
    private let number: Int
    private let handler: FakeHTTPServer.Handler
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isTooLarge = false
    private var answer: Task<Void, Never>?

    init(_ server: FakeHTTPServer, number: Int, _ handler: @escaping FakeHTTPServer.Handler) {
        self.server = server
        self.number = number
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            (self.head, body, isTooLarge) = (head, ByteBuffer(), false)
        case .body(var part):
            isTooLarge = isTooLarge || body.readableBytes + part.readableBytes > FakeHTTPServer.bodyLimit
            if isTooLarge { body.clear() } else { body.writeBuffer(&part) }
        case .end:
            guard let head else { return }
            respond(to: head, on: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Whoever waits within an answer, or feeds a stream, learns that nobody listens any more.
        answer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func respond(to head: HTTPRequestHead, on channel: any Channel) {
        let writer = FakeResponseWriter(channel: channel, request: head)
        guard !isTooLarge else {
            _ = server.answer(-1 - number) {
                await writer.write(FakeResponse(413, headers: [HeaderLine("Connection", "close")]))
            }
            return
        }
        let request = server.record(head, body, connection: number)
        body = ByteBuffer()
        answer = server.answer(request.number) { [handler] in
            await writer.write(await handler(request))
        }
    }
}

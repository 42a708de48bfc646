import CallProtocol
import NIOCore
import NIOHTTP1
import Tunnels

/// From the endpoint to the client.
extension ProxyConnection {
    func answered(_ part: HTTPClientResponsePart) {
        guard let context, case .exchanging(var exchange) = phase else { return drop() }
        switch part {
        case .head(let head):
            if (100..<200).contains(head.status.code), head.status != .switchingProtocols {
                guard exchange.request.version == .http1_1,
                    let (told, _) = ForwardedHead.response(head, to: exchange.request, isKept: true)
                else { return }
                return context.writeAndFlush(wrapOutboundOut(.head(told)), promise: nil)
            }
            guard let (told, isKept) = ForwardedHead.response(head, to: exchange.request, isKept: exchange.isKept),
                head.status != .switchingProtocols || exchange.forwarded.headers.contains(name: "upgrade")
            else {
                guard let handler = upstream?.handler else { return }
                return fail(StreamFailure(.aborted, "the endpoint's answer cannot be understood"), of: handler)
            }
            exchange.hasAnswerBegun = true
            exchange.isUpstreamKept = head.isKeepAlive
            exchange.isKept = isKept
            exchange.switching = head.status == .switchingProtocols ? told : nil
            phase = .exchanging(exchange)
            if exchange.switching == nil { context.write(wrapOutboundOut(.head(told)), promise: nil) }
        case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        case .end(let trailers):
            if let head = exchange.switching { return switchProtocol(head) }
            context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: nil)
            conclude(exchange)
        }
    }

    private func conclude(_ exchange: ProxyExchange) {
        if !exchange.isUpstreamKept || !exchange.hasRequestEnded || !exchange.isKept, let connected = upstream {
            upstream = nil
            connected.channel.leave()
        }
        if exchange.hasRequestEnded, exchange.isKept { becomeIdle() } else { closeGently() }
    }

    /// All that came at once has been passed on.
    func answerPaused() {
        guard let context else { return }
        context.flush()
        if context.channel.isWritable { upstream?.channel.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { upstream?.channel.read() }
        context.fireChannelWritabilityChanged()
    }

    /// The connection to the endpoint broke, or ended in the middle of something.
    /// - Parameter failure: nil where it just ended.
    func fail(_ failure: StreamFailure?, of handler: UpstreamHandler) {
        guard let context, let connected = upstream, connected.handler === handler else { return }
        upstream = nil
        connected.channel.close(promise: nil)
        switch phase {
        case .exchanging(var exchange) where !exchange.hasAnswerBegun:
            do throws(ProxyRefusal) {
                guard exchange.isOnUsed else { throw exchange.upstream.refusal(failure) }
                // It was closed after the request before; nothing is lost by asking once more.
                exchange.isOnUsed = false
                try connect(to: exchange.upstream)
                phase = .exchanging(exchange)
                send(exchange.forwarded)
                if exchange.hasRequestEnded {
                    upstream?.handler.send(.end(nil))
                    upstream?.channel.flush()
                }
            } catch {
                let hasEnded = exchange.hasRequestEnded
                refuse(
                    error, exchange.request,
                    isKept: exchange.isKept && (hasEnded || !ProxyExchange.hasBody(exchange.request)),
                    hasEnded: hasEnded)
            }
        case .exchanging, .raw:
            // What was begun cannot be taken back: its reader is to know that this was not all.
            ConnectionRelay.reset(context.channel)
        default: break
        }
    }

    // MARK: Another protocol

    /// Bytes from here on, both ways.
    private func switchProtocol(_ head: HTTPResponseHead) {
        guard let context, let connected = upstream else { return }
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        phase = .raw
        settings.removeHTTP(from: context.channel)
        connected.handler.becomeRaw()
        // What the codecs had read further than that comes in a turn of its own, when they are gone.
        context.eventLoop.assumeIsolated().execute {
            self.context?.flush()
            self.upstream?.channel.flush()
        }
        read()
    }

    func unwrapInboundIn(raw data: NIOAny) -> ByteBuffer? { context?.channel.unwrapBytes(data) }

    func passOn(_ bytes: ByteBuffer?) {
        guard let bytes else { return }
        upstream?.handler.send(raw: bytes)
    }

    func answered(raw bytes: ByteBuffer) {
        context?.write(NIOAny(bytes), promise: nil)
    }

    func endRawInput() {
        upstream?.channel.close(mode: .output, promise: nil)
        endRawIfDone()
    }

    /// The endpoint has said all; the client hears of it behind that.
    func upstreamEnded(of handler: UpstreamHandler) {
        guard let context, upstream?.handler === handler else { return }
        guard case .raw = phase else {
            if case .exchanging = phase { return fail(nil, of: handler) }
            return drop()
        }
        hasUpstreamEnded = true
        patience.flush {
            ConnectionOptions.setReset(false, onCloseOf: context.channel)
            context.channel.close(mode: .output, promise: nil)
            self.endRawIfDone()
        }
    }

    private func endRawIfDone() {
        guard hasClientEnded, hasUpstreamEnded, let context else { return }
        patience.flush { context.channel.close(promise: nil) }
    }
}

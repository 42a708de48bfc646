import CallProtocol
import NIOCore
import NIOHTTP1
import Tunnels

/// From the endpoint to the client.
extension ProxyConnection {
    func answered(_ part: HTTPClientResponsePart, by handler: UpstreamHandler) {
        guard let context, upstream?.handler === handler else { return }
        guard case .exchanging(var exchange) = phase else { return drop() }
        switch part {
        case .head(let head):
            if (100..<200).contains(head.status.code), head.status != .switchingProtocols {
                guard exchange.request.version == .http1_1,
                    let (told, _) = ForwardedHead.response(head, to: exchange.request, isKept: true)
                else { return }
                if head.status == .continue {
                    exchange.isAwaitingContinue = false
                    phase = .exchanging(exchange)
                }
                return context.writeAndFlush(wrapOutboundOut(.head(told)), promise: nil)
            }
            guard let (told, isKept) = ForwardedHead.response(head, to: exchange.request, isKept: exchange.isKept),
                head.status != .switchingProtocols || exchange.maySwitch
            else { return fail(UpstreamHandler.nonsense, of: handler) }
            exchange.hasAnswerBegun = true
            exchange.isUpstreamKept = head.isKeepAlive
            exchange.isKept = isKept
            exchange.switching = head.status == .switchingProtocols ? told : nil
            phase = .exchanging(exchange)
            if exchange.switching == nil { context.write(wrapOutboundOut(.head(told)), promise: nil) }
        case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        case .end(let trailers):
            if let head = exchange.switching { return switchProtocol(head) }
            context.writeAndFlush(wrapOutboundOut(.end(ForwardedHead.trailers(trailers))), promise: nil)
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
        if context.channel.isWritable {
            upstream?.channel.read()
            pump()
        }
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
                guard exchange.isOnUsed else { throw exchange.upstream.failed(failure) }
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
        // It has said all, and closed what was left.
        case .raw where failure == nil && hasUpstreamEnded: break
        case .exchanging, .raw, .switching:
            _ = connected.target.failed(failure)
            // What was begun cannot be taken back: its reader is to know that this was not all.
            ConnectionRelay.reset(context.channel)
        default: break
        }
    }

    // MARK: Another protocol

    /// Bytes from here on, both ways. What the codecs had read further than that comes when they leave: first what the endpoint said,
    /// and only when nothing stands in the way to it, what the client did.
    private func switchProtocol(_ head: HTTPResponseHead) {
        guard let context, let connected = upstream else { return }
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        phase = .switching
        connected.handler.becomeRaw {
            guard let context = self.context, case .switching = self.phase else { return }
            self.phase = .raw
            self.settings.removeHTTP(from: context.channel) {
                self.upstream?.channel.flush()
                self.context?.flush()
                // Halves that ended while the codecs were leaving.
                if self.hasUpstreamEnded { self.endRawOutput() }
                if self.hasClientEnded { self.endRawInput() }
                self.read()
            }
            connected.channel.read()
        }
    }

    func unwrapInboundIn(raw data: NIOAny) -> ByteBuffer? { context?.channel.unwrapBytes(data) }

    func passOn(_ bytes: ByteBuffer?) {
        guard let bytes else { return }
        upstream?.handler.send(raw: bytes)
    }

    func answered(raw bytes: ByteBuffer, by handler: UpstreamHandler) {
        guard upstream?.handler === handler else { return }
        patience.write(raw: bytes)
    }

    func endRawInput() {
        upstream?.channel.close(mode: .output, promise: nil)
        endRawIfDone()
    }

    /// The endpoint has said all; the client hears of it behind that.
    func upstreamEnded(of handler: UpstreamHandler) {
        guard context != nil, upstream?.handler === handler else { return }
        switch phase {
        case .switching: hasUpstreamEnded = true
        case .raw:
            hasUpstreamEnded = true
            endRawOutput()
        case .exchanging: fail(nil, of: handler)
        default: drop()
        }
    }

    private func endRawOutput() {
        guard let context else { return }
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

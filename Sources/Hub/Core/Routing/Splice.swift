import CallProtocol
import Link
import NIOCore

/// Two streams joined so that what one receives the other sends, without decoding.
///
/// Credit is per hop: bytes count as consumed when they have become frames on the other side, so that a slow side
/// slows the other and at most a window of bytes is held. Failures are relayed as they are.
final class SpliceEnd: StreamConsumer {
    /// What a spliced stream may hold while its outgoing side is blocked.
    static let window = 1024 * 1024

    /// How long a reset waits for what was sent before it.
    private static let patience = TimeAmount.seconds(10)

    private let own: LinkStream
    /// What is left to do when all is sent.
    private var reset: (@Sendable () -> Void)?
    /// Whose link it is, for the words about its loss.
    private let name: String?
    private var partner: NIOLoopBound<SpliceEnd>?
    private var partnerLoop: (any EventLoop)?
    /// What the partner has to hear once it is there.
    private var backlog: [@Sendable (SpliceEnd) -> Void] = []
    private var peek: AnswerPeek?
    private let onEnd: @Sendable (RoutedAnswer?, StreamFailure?) -> Void
    private var isOver = false
    private var partnerIsOver = false
    /// Bytes that are still to be sent and that the partner did not receive.
    private var unaccounted: Int

    /// - Parameters:
    ///   - name: whose link it is; said where the other side is told that it was lost.
    ///   - unaccounted: how many bytes are sent here first that did not come from the partner.
    ///   - peek: looks at what is received while it passes.
    ///   - onEnd: told once how this side ended, nil for well, and what `peek` saw until then.
    init(
        _ own: LinkStream, of name: String? = nil, unaccounted: Int = 0, peek: AnswerPeek? = nil,
        onEnd: @escaping @Sendable (RoutedAnswer?, StreamFailure?) -> Void
    ) {
        self.own = own
        self.name = name
        self.unaccounted = unaccounted
        self.peek = peek
        self.onEnd = onEnd
        own.limitWindow(to: Self.window)
    }

    /// Joins this end to its partner. Event loop of this end.
    func join(_ partner: NIOLoopBound<SpliceEnd>, on loop: any EventLoop) {
        self.partner = partner
        partnerLoop = loop
        let waiting = backlog
        backlog = []
        for body in waiting { onPartner(body) }
        release()
    }

    /// Runs on the partner's event loop: at once where both share one, else in the order of the calls.
    private func onPartner(_ body: @escaping @Sendable (SpliceEnd) -> Void) {
        guard let partner, let partnerLoop else {
            if !partnerIsOver { backlog.append(body) }
            return
        }
        if partnerLoop.inEventLoop {
            body(partner.value)
        } else {
            partnerLoop.execute { body(partner.value) }
        }
    }

    func streamReceived(_ bytes: ByteBuffer) {
        peek?.look(at: bytes)
        // What waits for credit there must not keep what was read with it.
        let bytes = bytes.compacted
        onPartner { $0.own.write(bytes) }
    }

    func streamEnded() {
        onPartner { end in
            end.own.end()
            end.partnerEnded()
        }
        settle(nil)
    }

    func streamFailed(_ failure: StreamFailure) {
        let isLinks = failure == .linkLost || failure.code.isOfLink
        let reason = isLinks ? (name.map { "\($0): " } ?? "") + failure.reason : failure.reason
        // Whoever is named is the one that was called; the other one, that calls, has left.
        let told = name == nil && isLinks ? StreamFailure(.aborted, "the caller left") : failure
        let code = failure.code.isOfLink ? .unavailable : failure.code
        // What the called one said before comes through; a caller who leaves is not waited for.
        let isBehind = name != nil
        onPartner { end in
            if isBehind { end.resetBehind(code, reason) } else { end.own.reset(code, reason) }
            end.partnerEnded()
            end.settle(told)
        }
        partnerIsOver = true
        settle(failure)
    }

    /// Resets when everything that is queued has been sent, or after a while.
    private func resetBehind(_ code: LinkCode, _ reason: String) {
        guard own.outboundBytes > 0 else { return own.reset(code, reason) }
        let stream = NIOLoopBound(own, eventLoop: own.eventLoop)
        reset = { stream.value.reset(code, reason) }
        own.eventLoop.scheduleTask(in: Self.patience) { stream.value.reset(code, reason) }
    }

    func streamSent(_ bytes: Int) {
        if own.outboundBytes == 0, let reset = reset.take() { own.eventLoop.execute(reset) }
        let ours = min(bytes, unaccounted)
        unaccounted -= ours
        let relayed = bytes - ours
        if relayed > 0 { onPartner { $0.own.consumed(relayed) } }
    }

    private func partnerEnded() {
        partnerIsOver = true
        release()
    }

    private func settle(_ failure: StreamFailure?) {
        guard !isOver else { return }
        isOver = true
        onEnd(peek?.answer, failure)
        release()
    }

    /// Lets go of the partner when both directions are over, or the two would hold each other for ever.
    private func release() {
        guard isOver, partnerIsOver, partner != nil else { return }
        partner = nil
    }
}

extension LinkCode {
    /// Whether it speaks of a hop's link, which is, for the other hop, somebody who is not there.
    fileprivate var isOfLink: Bool { rawValue >= 32 && self != .streamState && self != .flow && self != .frame }
}

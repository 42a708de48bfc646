import CallProtocol
import NIOCore

/// What each frame does.
extension LinkHandler {
    func receive(_ frame: Frame) {
        switch machine.phase {
        case .connecting, .closed: return
        case .awaitingHello:
            guard case .hello(let json) = frame else {
                if case .goAway(let goAway) = frame { return close(.farewell(goAway)) }
                return dismiss(GoAway(code: .protocolViolation, reason: "the first frame must be HELLO"))
            }
            return receiveHello(json)
        case .ready, .draining: break
        }
        if !isAcceptedByPeer { noteAcceptance(frame) }
        switch frame {
        case .hello: dismiss(GoAway(code: .protocolViolation, reason: "HELLO came twice"))
        case .open(let id, let credit): receiveOpen(id, credit: credit)
        case .data(let id, let bytes): with(id) { receiveData(bytes, on: $0) }
        case .end(let id): with(id) { receiveEnd($0) }
        case .reset(let id, let code, let reason): with(id) { fail($0, StreamFailure(code, reason)) }
        case .credit(let id, let bytes): with(id) { receiveCredit(bytes, on: $0) }
        case .ping(let token): receivePing(token)
        case .pong(let token): timers.receivedPong(token, now: now)
        case .goAway(let goAway): receiveGoAway(goAway)
        case .ignored: break
        }
    }

    /// Anything but GOAWAY means that the peer accepted our HELLO.
    private func noteAcceptance(_ frame: Frame) {
        if case .goAway = frame { return }
        isAcceptedByPeer = true
        link?.markAccepted()
    }

    private func receiveHello(_ json: ByteBuffer) {
        let hello: Hello
        do {
            // The versions first: the rest of a later version's HELLO need not be readable here.
            if let refusal = judgeVersions(try JSONCoding.decode(Hello.Versions.self, from: json)) {
                return dismiss(refusal)
            }
            hello = try JSONCoding.decode(Hello.self, from: json)
        } catch {
            let text = (error as? DecodingError).map(JSONCoding.sentence) ?? "\(error)"
            return dismiss(GoAway(code: .protocolViolation, reason: "HELLO cannot be read: \(text)"))
        }
        if let defect = hello.defect { return dismiss(GoAway(code: .protocolViolation, reason: "HELLO: \(defect)")) }
        guard let peer = provenPeer() else {
            return dismiss(GoAway(code: .unauthenticated, reason: "the connection shows no P-256 key"))
        }
        if let refusal = delegate?.linkJudges(hello, from: peer) { return dismiss(refusal) }
        guard end == nil, machine.helloAccepted(maximumLocalStreams: hello.maxStreams), let context else { return }
        remoteHello = hello
        if machine.side == .listener, hello.role == .enrol { confine() }
        timers.deadline?.cancel()
        if machine.side == .dialler { sendHello() }
        let link = Link(hello: hello, peer: peer, channel: context.channel, handler: self, assembly: assembly)
        self.link = link
        // First, so that the link is known on this side when the peer learns that it was accepted.
        delegate?.linkIsReady(link)
        startPings()
        pump()
    }

    private func judgeVersions(_ named: Hello.Versions) -> GoAway? {
        guard let theirs = named.range else {
            return GoAway(code: .protocolViolation, reason: "HELLO: minVersion is above version")
        }
        let ours = localHello.minVersion...localHello.version
        guard ProtocolVersion.common(ours, theirs) == nil else { return nil }
        return GoAway(code: .version, reason: "no common version: here \(ours.text), there \(theirs.text)")
    }

    /// A peer that nobody knows yet gets one stream, little memory and a short life.
    private func confine() {
        timers.enrolment = context?.eventLoop.assumeIsolated().scheduleTask(in: settings.enrolmentLimit) {
            [weak self] in
            self?.dismiss(GoAway(code: .timeout, reason: "the time to enrol is over; dial again"))
        }
        machine.limitRemoteStreams(to: 1)
        assembly = AssemblyBudget(limit: AssemblyBudget.beforeAuthentication)
        linkBudget = 0
    }

    private func receiveOpen(_ id: UInt32, credit: UInt32) {
        switch machine.receiveOpen(id, openRemote: openRemote) {
        case .violation(let code, let reason): dismiss(GoAway(code: code, reason: reason))
        case .refuse(let code, let reason): refuse(id, code, reason)
        case .accept where credit > Credit.maximum: refuse(id, .flow, "credit above 2^31-1")
        case .accept:
            guard let context, let link, let delegate else { return refuse(id, .shutdown, "the link is closing") }
            let stream = makeStream(id, sendCredit: credit, window: localHello.initialCredit, on: context.eventLoop)
            openRemote += 1
            delegate.linkOpened(stream, on: link)
        }
    }

    private func refuse(_ id: UInt32, _ code: LinkCode, _ reason: String) {
        out.control(.reset(stream: id, code: code, reason: reason))
    }

    func makeStream(_ id: UInt32, sendCredit: UInt32, window: UInt32, on eventLoop: any EventLoop) -> LinkStream {
        let stream = LinkStream(
            id: id, eventLoop: eventLoop, writer: self, sendCredit: sendCredit, window: window, assembly: assembly)
        streams[id] = stream
        return stream
    }

    private func with(_ id: UInt32, _ body: (LinkStream) -> Void) {
        if let stream = streams[id] { return body(stream) }
        if machine.absent(id) == .neverOpened {
            dismiss(GoAway(code: .protocolViolation, reason: "stream \(id) was never opened"))
        }
    }

    private func receiveData(_ bytes: ByteBuffer, on stream: LinkStream) {
        guard !stream.phase.endReceived else { return stream.violate(.streamState, "DATA after END") }
        guard stream.window.receive(bytes.readableBytes) else { return stream.violate(.flow, "DATA beyond credit") }
        if bytes.readableBytes > 0 { stream.consumer?.streamReceived(bytes) }
    }

    private func receiveEnd(_ stream: LinkStream) {
        guard stream.receiveEnd() else { return stream.violate(.streamState, "END came twice") }
        let consumer = stream.consumer
        if stream.isClosed { retire(stream) }
        consumer?.streamEnded()
    }

    private func receiveCredit(_ bytes: UInt32, on stream: LinkStream) {
        guard stream.credit.grant(bytes) else { return stream.violate(.flow, "credit above 2^31-1") }
        streamHasOutput(stream)
    }

    private func receiveGoAway(_ goAway: GoAway) {
        machine.startedDraining()
        timers.farewell = goAway
        link?.markDraining(goAway)
        let refused = failure(of: .farewell(goAway))
        for (id, stream) in streams where isLocal(id) && id > goAway.lastStream { fail(stream, refused) }
        startDrainDeadline(.farewell(goAway), in: settings.drainLimit)
        // What the last streams still have to say goes first.
        schedulePump()
    }

    func isLocal(_ id: UInt32) -> Bool { (id % 2 == 1) == (machine.side == .dialler) }
}

extension LinkStream {
    /// The peer broke a rule of the stream: RESET, and the consumer learns it.
    fileprivate func violate(_ code: LinkCode, _ reason: String) {
        let consumer = consumer
        reset(code, reason)
        consumer?.streamFailed(StreamFailure(code, reason))
    }
}

extension ClosedRange<UInt32> {
    fileprivate var text: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)" }
}

import CallProtocol
import NIOCore

/// The clocks of one link.
struct LinkTimers {
    var deadline: Scheduled<Void>?
    /// The end of a link that only enrols; nothing puts it off.
    var enrolment: Scheduled<Void>?
    var ping: (clock: PingClock, number: UInt64)?
    var lastRead = NIODeadline.now()
    var farewell: GoAway?
    var dismissal: GoAway?
    /// When the last PING of ours was sent.
    private(set) var pinged: NIODeadline?
    private var pending: (token: UInt64, sent: NIODeadline)?
    private var counter: UInt64 = 0
    /// Smoothed time from PING to PONG.
    private(set) var roundTrip: TimeAmount?

    mutating func nextPing(now: NIODeadline) -> UInt64 {
        counter += 1
        pending = (counter, now)
        pinged = now
        return counter
    }

    mutating func receivedPong(_ token: UInt64, now: NIODeadline) {
        guard let pending, pending.token == token else { return }
        self.pending = nil
        let sample = (now - pending.sent).nanoseconds
        roundTrip = .nanoseconds(roundTrip.map { ($0.nanoseconds * 7 + sample) / 8 } ?? sample)
    }
}

/// Staying alive, noticing death, and the two speeds of closing.
extension LinkHandler {
    func startPings() {
        guard let context, end == nil else { return }
        let clock = pingClocks.clock(of: context.eventLoop)
        let number = clock.register { [weak self] in
            self?.ping()
            self?.pump()
        }
        timers.ping = (clock, number)
        ping()
        pump()
    }

    private func ping() {
        guard let (clock, number) = timers.ping, end == nil else { return }
        let silence = now - timers.lastRead
        guard silence < settings.idleLimit else {
            return close(.lost("nothing was heard for \(Int(silence.seconds)) s"))
        }
        // One that went along with an answer counts.
        if isPingDue { out.control(.ping(timers.nextPing(now: now))) }
        let spread = 1 + Double.random(in: -settings.pingJitter...settings.pingJitter)
        let regular = Int64(Double(settings.pingInterval.nanoseconds) * spread)
        let since = (now - (timers.pinged ?? now)).nanoseconds
        let left = (settings.idleLimit - silence).nanoseconds
        clock.call(number, in: .nanoseconds(min(max(regular - since, 1), left)))
    }

    /// Whether the shortest time between two PINGs has passed.
    private var isPingDue: Bool {
        guard let pinged = timers.pinged else { return true }
        return now - pinged
            >= .nanoseconds(Int64(Double(settings.pingInterval.nanoseconds) * (1 - settings.pingJitter)))
    }

    /// Answers a PING. Ours goes along where it is nearly due, so that both sides' leave and arrive together.
    func receivePing(_ token: UInt64) {
        out.control(.pong(token))
        if timers.pinged != nil, isPingDue { out.control(.ping(timers.nextPing(now: now))) }
    }

    /// No new streams; closes when the live ones are done, at the latest after `limit`, else
    /// ``LinkSettings/drainLimit``. On a link that drains already only a given limit counts: it begins anew with it.
    func drain(_ goAway: GoAway, within limit: TimeAmount?) {
        if machine.phase == .draining, let limit {
            return startDrainDeadline(timers.farewell.map { .farewell($0) } ?? .dismissed(goAway), in: limit)
        }
        guard machine.phase == .ready else { return }
        var goAway = goAway
        goAway.lastStream = machine.lastRemoteStream
        timers.dismissal = goAway
        machine.startedDraining()
        link?.markDraining(goAway)
        out.control(.goAway(goAway))
        startDrainDeadline(.dismissed(goAway), in: limit ?? settings.drainLimit)
        pump()
    }

    func startDrainDeadline(_ end: LinkEnd, in limit: TimeAmount) {
        timers.deadline?.cancel()
        timers.deadline = context?.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in
            self?.close(end)
        }
    }

    /// Says why and closes at once.
    func dismiss(_ goAway: GoAway) {
        guard let context, end == nil else { return }
        var goAway = goAway
        goAway.lastStream = machine.lastRemoteStream
        if machine.phase != .connecting {
            var last = ByteBuffer()
            last.writeFrame(.goAway(goAway))
            context.writeAndFlush(wrapOutboundOut(last), promise: nil)
        }
        close(.dismissed(goAway))
    }

    /// Closes at once; the streams fail.
    func close(_ reason: LinkEnd) {
        guard end == nil else { return }
        finish(reason)
        context?.close(promise: nil)
    }

    /// How long nothing has come from the peer.
    var silence: TimeAmount { now - timers.lastRead }

    /// What streams fail with. Only who dials can be a stranger: that a key is not known is said to it, and nothing that
    /// its own farewell could say to the listener's callers.
    func failure(of end: LinkEnd) -> StreamFailure {
        let failure = end.streamFailure
        guard machine.side == .listener, failure.code == .unauthenticated else { return failure }
        return StreamFailure(.unavailable, failure.reason)
    }

    /// Settles everything exactly once.
    func finish(_ reason: LinkEnd) {
        guard end == nil else { return }
        let reason =
            timers.farewell.map { farewell in
                if case .lost = reason { LinkEnd.farewell(farewell) } else { reason }
            } ?? reason
        end = reason
        machine.closed()
        timers.deadline?.cancel()
        timers.enrolment?.cancel()
        if let (clock, number) = timers.ping { clock.forget(number) }
        timers.ping = nil
        for stream in streams.values { fail(stream, failure(of: reason)) }
        out.clear()
        let delegate = delegate
        self.delegate = nil
        link?.markEnded(reason)
        delegate?.linkEnded(link, reason)
        link = nil
    }
}

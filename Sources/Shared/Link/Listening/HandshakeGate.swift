import CallProtocol
package import NIOCore
import Synchronization

/// Bounds what strangers can take: connections whose peer is not known yet, and handshakes at work.
///
/// A connection takes a *place* when it is accepted and keeps it until its key is known as a peer's, so that one that
/// only enrols counts for as long as it lives. While there is none, connections wait in the system's queue: to turn them
/// away would cost more than to hear them. It takes a *turn* when its first bytes have come, so that silence costs no
/// turn, and gives it back when its HELLO was judged. Without a turn it is not read from.
///
/// One address gets a share of both, so that others get in beside it; what comes from it beyond is closed. The share is
/// large, because thousands of spokes may stand behind one address, and it does not bind an address whose peers are
/// being admitted right now: that is a fleet that comes back.
package final class HandshakeGate: Sendable {
    /// How long after the admission of a peer its address goes on past its share of places.
    static let returning = TimeAmount.seconds(1)

    private let state: Mutex<State>
    private let now: @Sendable () -> NIODeadline

    private struct State {
        var places: GateCount
        var turns: GateCount
        var admissions = RecentAdmissions()
        /// Each holds a place, and leaves the queue with it: never longer than there are places.
        var queue = CircularBuffer<(number: UInt64, address: HostAddress, turn: EventLoopPromise<Void>)>()
        var lastNumber: UInt64 = 0
        var refused = 0
        /// Listeners that wait for room.
        var listeners: [@Sendable () -> Void] = []

        /// Room for as many as a listener accepts at a time.
        var hasRoom: Bool { places.total <= places.limit - max(1, min(4, places.limit / 4)) }
    }

    /// - Parameters:
    ///   - concurrent: turns. Most of a turn is waiting for the other side's next word: over a line with a round trip of
    ///     300 ms one turn serves three peers a second.
    ///   - unauthenticated: places.
    ///   - share: the part of both that one address may have, above 0 and up to 1.
    ///   - now: the time, which never goes back.
    package init(
        concurrent: Int = 256, unauthenticated: Int = 1_024, share: Double = 0.75,
        now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.now = now
        state = Mutex(
            State(
                places: GateCount(limit: max(concurrent, unauthenticated), share: share),
                turns: GateCount(limit: concurrent, share: share)))
    }

    /// How many connections were turned away since the start.
    package var refused: Int { state.withLock { $0.refused } }

    /// How many connections have a place now.
    package var places: Int { state.withLock { $0.places.total } }

    /// A place; nil, and counted as refused, when there is none for this address.
    func arrive(_ address: HostAddress) -> GatePlace? {
        let isIn = state.withLock { state in
            let isReturning = !state.places.isWithinShare(address) && state.admissions.has(address, at: now())
            let isIn = state.places.take(address, pastShare: isReturning)
            if !isIn { state.refused += 1 }
            return isIn
        }
        return isIn ? GatePlace(self, address) : nil
    }

    /// Whether another connection may be accepted. If not, `listener` is called once as soon as there is room again; from
    /// any thread.
    func hasRoom(orTell listener: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.hasRoom { return true }
            state.listeners.append(listener)
            return false
        }
    }

    /// Gives a place back: the peer is known, or the connection is gone. Called by ``GatePlace`` alone, once.
    /// - Parameter isAdmitted: whether the peer is known.
    fileprivate func depart(_ address: HostAddress, isAdmitted: Bool) {
        let listeners = state.withLock { state -> [@Sendable () -> Void] in
            state.places.give(back: address)
            if isAdmitted { state.admissions.note(address, at: now()) }
            // Not for each place alone: to begin accepting again has its price too.
            guard state.hasRoom, state.places.total <= state.places.limit * 15 / 16 else { return [] }
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { listener() }
    }

    /// Asks for a turn: a future that succeeds when the handshake may go on, and a number to withdraw by while it waits.
    func enter(_ address: HostAddress, on eventLoop: any EventLoop) -> (turn: EventLoopFuture<Void>, number: UInt64) {
        state.withLock { state in
            state.lastNumber += 1
            let number = state.lastNumber
            if state.turns.take(address) { return (eventLoop.makeSucceededVoidFuture(), number) }
            let turn = eventLoop.makePromise(of: Void.self)
            state.queue.append((number, address, turn))
            return (turn.futureResult, number)
        }
    }

    /// Waits no longer. A turn that was given meanwhile comes all the same, and is to be given back.
    func withdraw(_ number: UInt64) {
        let turn = state.withLock { state -> EventLoopPromise<Void>? in
            guard let index = state.queue.firstIndex(where: { $0.number == number }) else { return nil }
            return state.queue.remove(at: index).turn
        }
        turn?.fail(CancellationError())
    }

    /// Gives a turn back: the handshake is done or given up.
    func leave(_ address: HostAddress) {
        let next = state.withLock { state -> EventLoopPromise<Void>? in
            state.turns.give(back: address)
            guard let index = state.queue.firstIndex(where: { state.turns.take($0.address) }) else { return nil }
            return state.queue.remove(at: index).turn
        }
        next?.succeed()
    }

    /// How many wait for a turn now.
    var waiting: Int { state.withLock { $0.queue.count } }
}

/// A place of one connection, given back once: by ``giveBack(isAdmitted:)``, or with the end of this object.
final class GatePlace: Sendable {
    let gate: HandshakeGate
    let address: HostAddress
    private let isHeld = Atomic(true)

    fileprivate init(_ gate: HandshakeGate, _ address: HostAddress) {
        self.gate = gate
        self.address = address
    }

    deinit { giveBack(isAdmitted: false) }

    /// - Parameter isAdmitted: whether the connection is a known peer's now.
    func giveBack(isAdmitted: Bool) {
        if isHeld.exchange(false, ordering: .acquiringAndReleasing) { gate.depart(address, isAdmitted: isAdmitted) }
    }
}

import CallProtocol
import NIOCore
import Synchronization

/// Bounds what strangers can take: connections whose peer is not known yet, and handshakes at work.
///
/// A connection takes a *place* when it is accepted and keeps it until its key is known as a peer's, so that one that
/// only enrols counts for as long as it lives; without a place it is closed at once. It takes a *turn* when its first
/// bytes have come, so that silence costs no turn, and gives it back when its HELLO was judged. Without a turn it is
/// not read from. One address gets a share of both, so that others get in beside it; the share is large, because
/// thousands of spokes may stand behind one address.
package final class HandshakeGate: Sendable {
    private let state: Mutex<State>

    /// What may be taken of one kind, and what is.
    private struct Count {
        let limit: Int
        let perAddress: Int
        var total = 0
        var byAddress: [HostAddress: Int] = [:]

        mutating func take(_ address: HostAddress) -> Bool {
            guard total < limit, byAddress[address, default: 0] < perAddress else { return false }
            total += 1
            byAddress[address, default: 0] += 1
            return true
        }

        mutating func give(back address: HostAddress) {
            total -= 1
            let left = (byAddress[address] ?? 1) - 1
            byAddress[address] = left > 0 ? left : nil
        }
    }

    private struct State {
        var places: Count
        var turns: Count
        /// Each holds a place, and leaves the queue with it: never longer than there are places.
        var queue = CircularBuffer<(number: UInt64, address: HostAddress, turn: EventLoopPromise<Void>)>()
        var lastNumber: UInt64 = 0
        var refused = 0
    }

    /// - Parameters:
    ///   - concurrent: turns.
    ///   - unauthenticated: places.
    ///   - share: the part of both that one address may have, above 0 and up to 1.
    package init(concurrent: Int = 64, unauthenticated: Int = 1_024, share: Double = 0.75) {
        func count(_ limit: Int) -> Count {
            Count(limit: limit, perAddress: max(1, Int(Double(limit) * min(1, max(0, share)))))
        }
        state = Mutex(State(places: count(max(concurrent, unauthenticated)), turns: count(concurrent)))
    }

    /// How many connections were turned away since the start.
    package var refused: Int { state.withLock { $0.refused } }

    /// How many connections have a place now.
    package var places: Int { state.withLock { $0.places.total } }

    /// Takes a place; false, and counted as refused, when there is none.
    func arrive(_ address: HostAddress) -> Bool {
        state.withLock { state in
            let isIn = state.places.take(address)
            if !isIn { state.refused += 1 }
            return isIn
        }
    }

    /// Gives the place back: the peer is known, or the connection is gone.
    func depart(_ address: HostAddress) {
        state.withLock { $0.places.give(back: address) }
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

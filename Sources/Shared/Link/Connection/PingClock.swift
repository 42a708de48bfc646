import HeapModule
import NIOCore
import Synchronization

/// The times at which the links of one event loop are to look after themselves, behind a single timer of the loop.
///
/// A timer each would be simpler, but the loop's own heap of ten thousand tasks touches cold memory at every step. Here
/// an entry is two words, and who is called stands apart.
final class PingClock {
    /// Of links that are due so soon after one that is due now, all are called: it saves waking up for each.
    private static let together = TimeAmount.milliseconds(10)

    private struct Entry: Comparable {
        let due: NIODeadline
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool { left.due < right.due }
    }

    private let loop: any EventLoop
    private var heap = Heap<Entry>()
    private var calls: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0
    /// Kept for its storage.
    private var due: [UInt64] = []
    private var wake: (due: NIODeadline, task: Scheduled<Void>)?

    init(_ loop: any EventLoop) { self.loop = loop }

    /// A number to ask by. - Parameter call: made each time that was asked for, or up to 10 ms before.
    func register(_ call: @escaping () -> Void) -> UInt64 {
        lastNumber += 1
        calls[lastNumber] = call
        return lastNumber
    }

    func forget(_ number: UInt64) { calls[number] = nil }

    /// Asks for one call. A number has one time at most: it asks again when it was called.
    func call(_ number: UInt64, in delay: TimeAmount) {
        heap.insert(Entry(due: loop.now + delay, number: number))
        arm()
    }

    /// Sets the loop's timer to the first time of all.
    private func arm() {
        guard let first = heap.min?.due else { return }
        if let wake, wake.due <= first { return }
        wake?.task.cancel()
        wake = (first, loop.assumeIsolated().scheduleTask(deadline: first) { [weak self] in self?.strike() })
    }

    private func strike() {
        wake = nil
        let end = loop.now + Self.together
        // Taken first, called then: one that asks again for a moment soon does not come twice.
        while let first = heap.min, first.due <= end {
            heap.removeMin()
            due.append(first.number)
        }
        // One that was forgotten is passed over.
        for number in due { calls[number]?() }
        due.removeAll(keepingCapacity: true)
        arm()
    }
}

/// The ``PingClock`` of each event loop.
package final class PingClocks: Sendable {
    /// A clock holds its loop: no other loop can come to stand at its address.
    private let clocks = Mutex<[ObjectIdentifier: NIOLoopBound<PingClock>]>([:])

    package init() {}

    /// The clock of `loop`. On that loop.
    func clock(of loop: any EventLoop) -> PingClock {
        clocks.withLock { clocks in
            if let clock = clocks[ObjectIdentifier(loop)] { return clock.value }
            let clock = PingClock(loop)
            clocks[ObjectIdentifier(loop)] = NIOLoopBound(clock, eventLoop: loop)
            return clock
        }
    }
}

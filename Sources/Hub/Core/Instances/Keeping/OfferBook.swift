import CallProtocol
import Market
import Synchronization

/// Offers as they were listed a moment ago: a queue asks for the same again and again, and providers limit how often they are
/// asked.
final class OfferBook: Sendable {
    /// What is asked for.
    struct Key: Hashable {
        var wish: RentWish
        /// Nil for any.
        var provider: String?
    }

    struct Page: Sendable {
        var choice: Result<OfferChoice, CallError>
        /// Who did not list what it has, in words.
        var faults: [String] = []
        /// Whether offers were left out because they are being rented.
        var isWithoutClaimed = false
    }

    private struct State {
        /// With when each was asked for, in milliseconds of a clock that only goes on.
        var pages: [Key: (page: Page, askedAt: Int64)] = [:]
        /// Those that somebody asks for now.
        var asked: Set<Key> = []
    }

    /// For how long a listing is believed, in milliseconds: where a queue waits, and where one wish wants another offer.
    static let (usual, fresh): (Int64, Int64) = (30_000, 15_000)

    private let state = Mutex(State())
    private let signal = ChangeSignal()

    /// The page for `key`. Who comes while it is asked for waits for the same.
    /// - Parameters:
    ///   - age: how old it may be, in milliseconds.
    ///   - time: milliseconds of a clock that only goes on.
    ///   - list: asks for it.
    /// - Throws: `CancellationError` in a task that is cancelled.
    func page(
        _ key: Key, within age: Int64, _ time: @Sendable () -> Int64, _ list: @Sendable () async -> Page
    ) async throws -> Page {
        let arrival = time()
        while true {
            let (mark, now) = (signal.mark, time())
            let (known, isMine) = state.withLock { state -> (Page?, Bool) in
                if let known = state.pages[key], known.askedAt > arrival || arrival - known.askedAt < age {
                    return (known.page, false)
                }
                return (nil, state.asked.insert(key).inserted)
            }
            if let known { return known }
            guard isMine else {
                try await signal.wait(after: mark)
                continue
            }
            let page = await list()
            // What was broken off tells nobody anything.
            let isWhole = !Task.isCancelled
            state.withLock { state in
                state.asked.remove(key)
                state.pages = state.pages.filter { now - $0.value.askedAt < Self.usual }
                if isWhole { state.pages[key] = (page, now) }
            }
            signal.fire()
            try Task.checkCancellation()
            return page
        }
    }
}

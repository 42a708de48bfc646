import NIOCore
import Synchronization

/// What a proxy and its connections share: the weather, and who is connected.
final class Line: Sendable {
    /// Both sides of one connection, and both directions.
    struct Pair: Sendable {
        var channels: [any Channel]
        var relays: NIOLoopBound<[Relay]>
        /// Whether its bytes are swallowed for good.
        var isHalfOpen = false
    }

    private struct State {
        var weather = Weather.fair
        var pairs: [ObjectIdentifier: Pair] = [:]
        var count: UInt64 = 0
    }

    private let state = Mutex(State())

    var weather: Weather { state.withLock { $0.weather } }

    var pairs: [Pair] { state.withLock { Array($0.pairs.values) } }

    /// How many connections there have been.
    var count: UInt64 { state.withLock { $0.count } }

    func change(to weather: Weather) {
        let pairs = state.withLock { state in
            state.weather = weather
            if weather == .dead { for key in state.pairs.keys { state.pairs[key]?.isHalfOpen = true } }
            return Array(state.pairs.values)
        }
        for pair in pairs {
            let relays = pair.relays
            pair.channels.first?.eventLoop.execute { for relay in relays.value { relay.weatherChanged(to: weather) } }
        }
    }

    /// Notes a connection until both its sides are closed.
    func add(_ pair: Pair) {
        guard let key = pair.channels.first.map({ ObjectIdentifier($0 as AnyObject) }) else { return }
        state.withLock {
            $0.pairs[key] = pair
            $0.pairs[key]?.isHalfOpen = $0.weather == .dead
            $0.count += 1
        }
        guard let loop = pair.channels.first?.eventLoop else { return }
        EventLoopFuture.andAllComplete(pair.channels.map(\.closeFuture), on: loop).whenComplete { _ in
            self.state.withLock { $0.pairs[key] = nil }
        }
    }
}

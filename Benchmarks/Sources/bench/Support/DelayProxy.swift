import Foundation
import Glibc
import Harness
import Synchronization

/// A long line: what goes in at its port comes out at another one half a round trip later, at so many bytes a second.
final class DelayProxy: Sendable {
    let port: Int
    private let target: Int
    /// Nanoseconds, one way.
    private let delay: UInt64
    /// Bytes a second, each way and for each connection.
    private let rate: Double

    /// - Parameters:
    ///   - target: the port of this machine that it leads to.
    ///   - roundTrip: milliseconds.
    ///   - megabits: a second.
    init(to target: Int, roundTrip: UInt64, megabits: Double) throws {
        (self.target, delay, rate) = (target, roundTrip * 1_000_000 / 2, megabits * 125_000)
        port = try Workshop.freePort()
        let listener = try Loopback.listen(on: port)
        Thread.detachNewThread { [self] in
            while case let near = accept(listener, nil, nil), near >= 0 {
                guard let far = try? Loopback.connect(to: self.target) else {
                    close(near)
                    continue
                }
                for (source, sink) in [(near, far), (far, near)] { Direction(source, sink, delay, rate).start() }
            }
        }
    }

    /// One way of one connection: a thread that takes, a queue, a thread that gives.
    private final class Direction: Sendable {
        private struct Piece {
            var due: UInt64
            /// None for the end.
            var bytes: [UInt8]
        }

        private let source: Int32
        private let sink: Int32
        private let delay: UInt64
        private let rate: Double
        private let pieces = Mutex<[Piece]>([])
        /// Pieces that may be under way.
        private static let most = 4_096

        init(_ source: Int32, _ sink: Int32, _ delay: UInt64, _ rate: Double) {
            (self.source, self.sink, self.delay, self.rate) = (source, sink, delay, rate)
        }

        func start() {
            Thread.detachNewThread { self.take() }
            Thread.detachNewThread { self.give() }
        }

        private func take() {
            var room = [UInt8](repeating: 0, count: Endpoint.block)
            var free = LoadLoop.now()
            while true {
                let count = max(0, recv(source, &room, room.count, 0))
                let now = LoadLoop.now()
                free = max(free, now) + UInt64(Double(count) / rate * 1e9)
                let piece = Piece(due: free + delay, bytes: Array(room[..<count]))
                pieces.withLock { $0.append(piece) }
                guard count > 0 else { return }
                while pieces.withLock({ $0.count > Self.most }) { usleep(1_000) }
                // No more is taken than the line carries, but for a little.
                if free > now + 10_000_000 { usleep(UInt32((free - now - 5_000_000) / 1_000)) }
            }
        }

        private func give() {
            while true {
                guard let piece = pieces.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                    usleep(500)
                    continue
                }
                let now = LoadLoop.now()
                if piece.due > now { usleep(UInt32((piece.due - now) / 1_000)) }
                guard !piece.bytes.isEmpty else {
                    shutdown(sink, Int32(SHUT_WR))
                    return
                }
                guard piece.bytes.withUnsafeBytes({ Loopback.write(sink, $0) }) else { return }
            }
        }
    }
}

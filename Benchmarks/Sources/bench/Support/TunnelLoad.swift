import Foundation
import Glibc
import Harness
import Synchronization

/// What is done through a tunnel, or beside it.
enum TunnelLoad {
    /// Seconds of one measurement of throughput, when nothing else is said.
    private static let usual = 1.5
    private static let pings = 2_000
    private static let opens = 200

    /// Gigabytes a second that so many connections carry to the endpoint together, by its own count.
    static func up(_ port: Int, _ connections: Int, _ seconds: Double = usual) throws -> Double {
        let time = UInt64(seconds * 1e9)
        return try together(port, connections, .take) { socket in
            let block = [UInt8](repeating: 7, count: Endpoint.block)
            let begin = LoadLoop.now()
            block.withUnsafeBytes { bytes in
                while LoadLoop.now() - begin < time, Loopback.write(socket, bytes) {}
            }
            shutdown(socket, Int32(SHUT_WR))
            var total: UInt64 = 0
            let count = withUnsafeMutableBytes(of: &total) {
                recv(socket, $0.baseAddress, 8, Int32(MSG_WAITALL))
            }
            return count == 8 ? Double(total) / Double(LoadLoop.now() - begin) : .nan
        }
    }

    /// The same from the endpoint to here.
    static func down(_ port: Int, _ connections: Int, _ seconds: Double = usual) throws -> Double {
        let time = UInt64(seconds * 1e9)
        return try together(port, connections, .give) { socket in
            var room = [UInt8](repeating: 0, count: Endpoint.block)
            let begin = LoadLoop.now()
            var total = 0
            while LoadLoop.now() - begin < time {
                let count = recv(socket, &room, room.count, 0)
                guard count > 0 else { return .nan }
                total += count
            }
            return Double(total) / Double(LoadLoop.now() - begin)
        }
    }

    private static func together(
        _ port: Int, _ connections: Int, _ manner: Endpoint.Manner, _ body: @escaping @Sendable (Int32) -> Double
    ) throws -> Double {
        let sockets = try (0..<connections).map { _ in try begin(port, manner) }
        let rates = Rates()
        let done = DispatchGroup()
        for socket in sockets {
            done.enter()
            Thread.detachNewThread {
                rates.add(body(socket))
                close(socket)
                done.leave()
            }
        }
        done.wait()
        guard rates.sum.isFinite else { throw BenchFailure("a connection through port \(port) broke") }
        return rates.sum
    }

    private final class Rates: Sendable {
        private let rates = Mutex(0.0)
        var sum: Double { rates.withLock { $0 } }
        func add(_ rate: Double) { rates.withLock { $0 += rate } }
    }

    /// Microseconds of 64 bytes there and back, the median.
    static func ping(_ port: Int) throws -> Double {
        let socket = try begin(port, .echo)
        defer { close(socket) }
        return try median(pings) { try echo(socket, 64, port) }
    }

    /// Microseconds from connecting to a byte that has come back, the median.
    static func open(_ port: Int) throws -> Double {
        try median(opens) {
            let socket = try begin(port, .echo)
            defer { close(socket) }
            try echo(socket, 1, port)
        }
    }

    private static func begin(_ port: Int, _ manner: Endpoint.Manner) throws -> Int32 {
        let socket = try Loopback.connect(to: port)
        withUnsafeBytes(of: manner.rawValue) { _ = Loopback.write(socket, $0) }
        return socket
    }

    private static func echo(_ socket: Int32, _ length: Int, _ port: Int) throws {
        var room = [UInt8](repeating: 9, count: length)
        room.withUnsafeBytes { _ = Loopback.write(socket, $0) }
        guard recv(socket, &room, length, Int32(MSG_WAITALL)) == length else {
            throw BenchFailure("no echo through port \(port)")
        }
    }

    private static func median(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        let times = try (0..<count).map { _ in
            let before = LoadLoop.now()
            try body()
            return Double(LoadLoop.now() - before) / 1e3
        }
        return times.sorted()[count / 2]
    }
}

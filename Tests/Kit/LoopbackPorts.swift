import Glibc
import Synchronization

/// Ports of loopback that nobody listens on.
///
/// They lie below those that the system gives to connections: there a dial of a dead port may meet itself, and a connection of
/// somebody else may have the port when its listener comes. Within a process each is handed out once, so that tests that run at
/// the same time never share one.
package enum LoopbackPorts {
    private static let range = 10_000..<32_000
    private static let next = Mutex(Int.random(in: range))

    /// One that was free a moment ago.
    package static func free() throws -> Int { try block(of: 1).lowerBound }

    /// Neighbours that were free a moment ago.
    package static func block(of count: Int) throws -> ClosedRange<Int> {
        for _ in 0..<range.count {
            let first = next.withLock { next in
                if next + count > range.upperBound { next = range.lowerBound }
                defer { next += count }
                return next
            }
            let ports = first...(first + count - 1)
            if ports.allSatisfy({ (try? TCPSocket.listening(port: $0)) != nil }) { return ports }
        }
        throw TCPSocket.Failure(call: "bind", code: EADDRINUSE)
    }
}

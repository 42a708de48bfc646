/// Keeps messages in flight on one open stream: each that comes back is answered by the next one.
///
/// One task sends and receives, so that nothing but the stream is measured. Messages come back in their order, which is
/// how each finds its sending time.
package struct StreamLoop {
    private let end: UInt64
    private let inFlight: Int
    private var sentAt: [UInt64]
    private var sent = 0
    private var received = 0
    private var latencies: [UInt64] = []

    /// - Parameters:
    ///   - inFlight: how many messages are under way at once, at least 1.
    ///   - end: when no more are sent, by ``LoadLoop/now()``.
    package init(inFlight: Int, until end: UInt64) {
        self.inFlight = max(1, inFlight)
        self.end = end
        sentAt = Array(repeating: 0, count: max(1, inFlight))
        latencies.reserveCapacity(65_536)
    }

    /// How many messages may be sent now.
    private var room: Int { LoadLoop.now() < end ? inFlight - (sent - received) : 0 }

    /// Goes on until the time is over and everything sent has come back.
    ///
    /// - Parameters:
    ///   - send: sends one message.
    ///   - receive: waits, and returns how many messages have come back whole; nil at the stream's end.
    /// - Returns: nanoseconds from sending to receiving, of each message.
    package mutating func run(
        send: () async throws -> Void, receive: () async throws -> Int?
    ) async throws -> [UInt64] {
        while true {
            for _ in 0..<room {
                sentAt[sent % inFlight] = LoadLoop.now()
                sent += 1
                try await send()
            }
            guard received < sent else { return latencies }
            guard let back = try await receive() else { throw StreamEnded() }
            let now = LoadLoop.now()
            for _ in 0..<back {
                latencies.append(now - sentAt[received % inFlight])
                received += 1
            }
        }
    }
}

/// The other side ended a stream before everything sent had come back.
package struct StreamEnded: Error {
    package init() {}
}

extension LoadCommands {
    /// Serves commands `STREAMS IN_FLIGHT SECONDS` until stdin ends: so many streams at once, each with so many messages
    /// in flight.
    ///
    /// - Parameter stream: opens one stream, runs a ``StreamLoop`` on it and ends it; returns the loop's latencies.
    package static func serveStreams(
        stream: @escaping @Sendable (_ inFlight: Int, _ end: UInt64) async throws -> [UInt64]
    ) async throws {
        for await line in lines() {
            let parts = line.split(separator: " ")
            guard parts.count == 3, let streams = Int(parts[0]), let inFlight = Int(parts[1]),
                let seconds = Double(parts[2])
            else { continue }
            let start = LoadLoop.now()
            let end = start + UInt64(seconds * 1e9)
            let latencies = try await withThrowingTaskGroup(of: [UInt64].self) { group in
                for _ in 0..<max(1, streams) { group.addTask { try await stream(inFlight, end) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            announce(LoadReport(latencies: latencies, elapsed: LoadLoop.now() - start).line)
        }
    }
}

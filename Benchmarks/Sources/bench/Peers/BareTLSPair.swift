import Harness

/// The peer of a storm: a bare TLS server, and a client with as many keys.
final class BareTLSPair {
    private let workshop: Workshop
    private let roster: String

    init(_ workshop: Workshop, roster: String) {
        (self.workshop, self.roster) = (workshop, roster)
    }

    /// What one storm of bare handshakes showed.
    struct Storm {
        /// From the first connect to the last handshake.
        var seconds: Double
        /// Of the server.
        var cpu: Double
        /// MiB that the server has of its own more than before, with all connections open.
        var memory: Double
    }

    /// Dials with all keys at once, to a server that has just been started. - Parameter rest: seconds before its memory
    /// is looked at.
    func storm(rest: UInt32 = 0) throws -> Storm {
        let server = try Child([workshop.load, "bare-server"])
        defer { server.stop() }
        let client = try Child([workshop.load, "bare-storm", try server.line(), roster])
        defer { client.stop() }
        try client.line(with: "ready")
        let before = try (cpu: ProcessTime.seconds(of: server.pid), memory: ProcessMemory(pid: server.pid))
        client.send("dial")
        let times = try client.line(with: "all ").split(separator: " ").compactMap { UInt64($0) }
        guard times.count == 2 else { throw BenchFailure("the bare handshakes gave no times") }
        let cpu = try ProcessTime.seconds(of: server.pid) - before.cpu
        Rest.seconds(rest)
        let memory = try ProcessMemory(pid: server.pid).own - before.memory.own
        return Storm(seconds: Double(times[1] - times[0]) / 1e9, cpu: cpu, memory: memory)
    }
}

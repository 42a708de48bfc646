import Glibc
import Harness

/// A hub in whose database many spokes are enrolled, and the process that plays them. The hub can be killed and started
/// again; the spokes stay.
final class StormStage {
    /// When something came about, nanoseconds of the monotonic clock.
    struct Arrival {
        /// The hub has accepted the last link.
        var admitted: UInt64
        /// The hub works with every node: it has compared lists, and gets a status.
        var served: UInt64
    }

    let roster: String
    private(set) var hub: Child
    private let spokes: Child
    private let serve: [String]
    private let environment: [String: String]

    init(_ workshop: Workshop, name: String, scale: StormScale) throws {
        let folder = try workshop.subfolder(name)
        let port = try Workshop.freeListeningPort()
        environment = ["CAPSTAN_CONFIG_DIR": folder + "/config"]
        roster = folder + "/roster"
        let state = folder + "/hub"
        try Spawn.timed(
            [workshop.capstan, "hub", "init", "--quiet", "--advertise", "127.0.0.1:\(port)", "--state-dir", state],
            environment: environment)
        try Spawn.timed([workshop.load, "storm-prepare", state, roster, "\(scale.spokes)"])
        serve = [
            workshop.capstan, "hub", "serve", "--listen", "0.0.0.0:\(port)", "--advertise", "127.0.0.1:\(port)",
            "--http", "off", "--state-dir", state,
        ]
        hub = try Child(serve, environment: environment)
        let fingerprint = try Self.fingerprint(in: hub.line(with: "hub_started"))
        // One source has some 28,000 ports for each address of the hub.
        let addresses = (0...scale.spokes / 20_000).map { "127.0.0.\($0 + 1):\(port)" }.joined(separator: ",")
        spokes = try Child([workshop.load, "storm", addresses, fingerprint, roster, "\(scale.interval)"])
        _ = try awaitAll()
    }

    /// Whoever has no link dials at once from now on; returns when that was said.
    func unleash() throws {
        spokes.send("at-once")
        try spokes.line(with: "at-once")
    }

    /// Whoever loses its link from now on dials after the pauses that real spokes make.
    func calm() throws {
        spokes.send("backoff")
        try spokes.line(with: "backoff")
    }

    /// kill -9. - Parameter isHeld: whether the spokes wait then until they are told otherwise.
    func killHub(isHeld: Bool) throws {
        if isHeld {
            spokes.send("hold")
            try spokes.line(with: "held")
        }
        hub.stop(SIGKILL)
        spokes.send("gone")
        try spokes.line(with: "gone")
    }

    func startHub() throws {
        hub = try Child(serve, environment: environment)
        try hub.line(with: "hub_started")
    }

    func awaitAll() throws -> Arrival {
        spokes.send("all")
        let parts = try spokes.line(with: "all ").split(separator: " ").compactMap { UInt64($0) }
        guard parts.count == 2 else { throw BenchFailure("the storm gave no times") }
        return Arrival(admitted: parts[0], served: parts[1])
    }

    /// Statuses that were told so far, of all spokes.
    func statuses() throws -> Int {
        spokes.send("count")
        guard let count = try spokes.line(with: "count ").split(separator: " ").last.flatMap({ Int($0) }) else {
            throw BenchFailure("the storm gave no counts")
        }
        return count
    }

    func stop() {
        spokes.stop()
        hub.stop()
    }

    private static func fingerprint(in line: String) throws -> String {
        guard let start = line.firstRange(of: "sha256:")?.lowerBound else {
            throw BenchFailure("the hub does not say its key: \(line)")
        }
        return String(line[start...].prefix { $0 != "\"" })
    }
}

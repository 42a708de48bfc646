import Foundation
import TestKit
import Testing

/// A hub and spokes of the real binary in a temporary folder, on loopback; all of it gone at the end.
final class Fleet: @unchecked Sendable {
    // Unchecked: used by one test at a time, which changes it between awaits only.
    let folder: URL
    let port: Int
    private let tunnelPorts: ClosedRange<Int>
    private(set) var hub: Program?
    private(set) var spokes: [String: Program] = [:]
    /// Those of the hub and the spokes that keep their state on a small disk of their own, by name.
    private(set) var disks: [String: SmallDisk] = [:]
    /// The wall clocks of those of the hub and the spokes that a test may set, by name.
    private(set) var clocks: [String: ShiftedClock] = [:]
    /// The engine that the spokes use.
    private var engine: RealEngine?
    private let binary: String

    private init(folder: URL, port: Int, tunnelPorts: ClosedRange<Int>, binary: String) {
        self.folder = folder
        self.port = port
        self.tunnelPorts = tunnelPorts
        self.binary = binary
    }

    /// Runs `body` with a hub and the named spokes, connected; stops everything whatever happens.
    ///
    /// - Parameters:
    ///   - disks: whose state (`hub`, or a spoke's name) lies on a disk of its own, of so many megabytes. Needs
    ///     ``SmallDisk/isPossible``.
    ///   - clocks: whose wall clock can be shifted. Needs ``ShiftedClock/isPossible``.
    ///   - engine: which container engine the spokes use; none when left out.
    ///   - prepare: runs when the spokes have joined and before they are started.
    static func with(
        spokes names: [String] = [], disks: [String: Int] = [:], clocks: [String] = [],
        engine: RealEngine? = nil,
        prepare: (Fleet) async throws -> Void = { _ in }, _ body: (Fleet) async throws -> Void
    ) async throws {
        let folder = URL(fileURLWithPath: Leftovers.folder("fleet"))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let fleet = Fleet(
            folder: folder, port: try LoopbackPorts.free(), tunnelPorts: try LoopbackPorts.block(of: 10),
            binary: try BuiltBinary.path())
        fleet.engine = engine
        do {
            for (name, size) in disks {
                fleet.disks[name] = try SmallDisk(at: fleet.path("disk-" + name), megabytes: size)
            }
            for name in clocks { fleet.clocks[name] = try ShiftedClock(file: fleet.path("clock-" + name)) }
            try await fleet.initialise()
            try await fleet.startHub()
            for name in names { try await fleet.join(name) }
            try await prepare(fleet)
            for name in names { try await fleet.startSpoke(name) }
            try await body(fleet)
        } catch {
            await fleet.stop()
            throw error
        }
        await fleet.stop()
    }

    /// A path in the fleet's folder, or on the small disk of who is called so.
    func path(_ name: String) -> String {
        disks[name].map { $0.path + "/state" } ?? folder.appendingPathComponent(name).path
    }

    var environment: [String: String] {
        ["PATH": "/usr/bin:/bin", "HOME": folder.path, "CAPSTAN_CONFIG_DIR": path("config"), "LANG": "C.UTF-8"]
    }

    /// Starts the binary, or a command that ends by starting it.
    func start(
        _ arguments: [String], through command: [String] = [], input: URL? = nil,
        environment extra: [String: String] = [:]
    ) throws -> Program {
        let line = command + [binary] + arguments
        return try Program(
            line[0], Array(line.dropFirst()), environment: environment.merging(extra) { _, new in new },
            folder: folder, input: input)
    }

    /// Starts a line of shell, for pipes between programs.
    func shell(_ line: String) throws -> Program {
        try Program("/bin/sh", ["-c", line], environment: environment, folder: folder)
    }

    /// Runs the binary to its end.
    @discardableResult
    func run(
        _ arguments: String..., input: URL? = nil, environment: [String: String] = [:], seconds: Double = 60
    ) async throws -> Program.Result {
        try await start(arguments, input: input, environment: environment).wait(seconds: seconds)
    }

    private func initialise() async throws {
        let made = try await run(
            "hub", "init", "--state-dir", path("hub"), "--advertise", "127.0.0.1:\(port)", "-o", "json")
        #expect(made.code == 0, "\(made.err)")
    }

    func startHub(_ arguments: [String] = []) async throws {
        let hub = try start(
            [
                "hub", "serve", "--state-dir", path("hub"), "--listen", "127.0.0.1:\(port)", "--http", "127.0.0.1:0",
                "--tunnel-ports", "\(tunnelPorts.lowerBound)-\(tunnelPorts.upperBound)",
            ]
                + arguments, environment: clocks["hub"]?.environment ?? [:])
        self.hub = hub
        try await until("hub_started") {
            // Both are asked in this order: it may do the one and the other in between.
            let isOver = !hub.isRunning
            let isStarted = hub.outputSoFar.contains("hub_started")
            guard isStarted || !isOver else {
                throw Unmet(what: "hub_started of a hub that said \(hub.errorsSoFar)", seconds: 0)
            }
            return isStarted
        }
    }

    func token(_ arguments: String...) async throws -> String {
        let made = try await start(["token", "create", "-o", "json"] + arguments).wait()
        let value = try #require(try made.json() as? [String: Any], "\(made.err)")
        return try #require(value["token"] as? String)
    }

    func join(_ name: String) async throws {
        let joined = try await run(
            "spoke", "join", try await token(), "--state-dir", path(name), "--name", name, "--label", "name=\(name)")
        #expect(joined.code == 0, "\(joined.err)")
    }

    /// Starts a spoke, and waits for nothing.
    @discardableResult
    func launchSpoke(_ name: String, through command: [String] = []) throws -> Program {
        let spoke = try start(
            ["spoke", "run", "--state-dir", path(name)], through: command,
            environment: ["DOCKER_HOST": engine?.host ?? "unix:///nowhere"].merging(clocks[name]?.environment ?? [:]) {
                $1
            })
        spokes[name] = spoke
        return spoke
    }

    func startSpoke(_ name: String, through command: [String] = []) async throws {
        let spoke = try launchSpoke(name, through: command)
        try await until("spoke_connected of \(name)", seconds: 90) { spoke.outputSoFar.contains("spoke_connected") }
    }

    /// kill -9.
    func killHub() async throws {
        hub?.signal(SIGKILL)
        _ = await hub?.wait()
    }

    func killSpoke(_ name: String) async throws {
        spokes[name]?.signal(SIGKILL)
        _ = await spokes[name]?.wait()
    }

    func stopSpoke(_ name: String) async -> Program.Result? {
        spokes[name]?.signal(SIGTERM)
        return await spokes[name]?.wait(seconds: 70)
    }

    /// Ends the tunnels that a test has left in the background.
    private func endTunnels() {
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        for path in paths where path.hasSuffix("/run.pid") {
            let text = try? String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            if let pid = Int32((text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)) { kill(pid, SIGKILL) }
        }
    }

    private func stop() async {
        for spoke in spokes.values { spoke.signal(SIGTERM) }
        for spoke in spokes.values { _ = await spoke.wait(seconds: 10) }
        endTunnels()
        hub?.signal(SIGTERM)
        _ = await hub?.wait(seconds: 10)
        // They outlive their spokes by design.
        await Leftovers.endSupervisors(below: folder.path)
        for disk in disks.values { disk.remove() }
        try? FileManager.default.removeItem(at: folder)
    }
}

/// Polls a condition until it holds; a test fails with its name after `seconds`.
func until(_ what: String, seconds: Double = 30, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Unmet(what: what, seconds: seconds) }
        try await ContinuousClock().sleep(for: .milliseconds(20))
    }
}

/// What was waited for did not come.
struct Unmet: Error, CustomStringConvertible {
    var what: String
    var seconds: Double
    var description: String { "\(what) did not come within \(seconds) s" }
}

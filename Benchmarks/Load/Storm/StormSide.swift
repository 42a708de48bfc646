import Harness
import Link
import Processes

/// A fleet of simulated spokes that is told what to do by lines on stdin, and answers each by a line on stdout.
///
/// | line | answer |
/// |---|---|
/// | `hold` | `held`: whoever loses its link from now on waits |
/// | `at-once`, `backoff` | at once, the manner's name: those without a link dial, and so do those that lose it |
/// | `all` | `all ADMITTED SERVED`: when every spoke is connected, and when the hub works with each; nanoseconds of the monotonic clock |
/// | `gone` | `gone NOW`, when none is connected |
/// | `count` | `count CONNECTED STATUSES`: spokes that are connected, and statuses told since the start |
enum StormSide {
    /// How often it is looked whether something has come about.
    private static let glance = Duration.milliseconds(2)

    /// - Parameters:
    ///   - addresses: of the hub, with commas between.
    ///   - seconds: between two statuses of one spoke.
    static func run(addresses: String, fingerprint: String, roster: String, seconds: String) async throws {
        DescriptorLimit.raise()
        let places = addresses.split(separator: ",").compactMap { HostPort(String($0)) }
        guard !places.isEmpty, let pin = Fingerprint(text: fingerprint), let interval = Double(seconds) else {
            throw Misuse()
        }
        let fleet = try StormFleet(
            try StormRoster(path: roster), addresses: places, fingerprint: pin, interval: .seconds(interval))
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await fleet.run() }
            tasks.addTask { await obey(fleet) }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    private static func obey(_ fleet: StormFleet) async {
        // Work that the hub has begun before the last loss of the links; more than that is work with new links.
        var watchedBefore = 0
        for await line in LoadCommands.lines() {
            switch line {
            case "hold":
                fleet.manner.set(.hold)
                LoadCommands.announce("held")
            case "at-once", "backoff":
                fleet.manner.set(line == "backoff" ? .backoff : .atOnce)
                LoadCommands.announce(line)
            case "all":
                guard await comes({ fleet.connected == fleet.size }) else { return }
                let admitted = LoadLoop.now()
                guard await comes({ fleet.node.watched - watchedBefore >= fleet.size }) else { return }
                LoadCommands.announce("all \(admitted) \(LoadLoop.now())")
            case "gone":
                guard await comes({ fleet.connected == 0 }) else { return }
                watchedBefore = fleet.node.watched
                LoadCommands.announce("gone \(LoadLoop.now())")
            case "count": LoadCommands.announce("count \(fleet.connected) \(fleet.node.statuses)")
            default: Complaint.say("storm: `\(line)` is not known")
            }
        }
    }

    /// Waits until `condition` holds; false when the task was cancelled.
    private static func comes(_ condition: () -> Bool) async -> Bool {
        while !condition() {
            do { try await Task.sleep(for: glance) } catch { return false }
        }
        return true
    }
}

import FoundationEssentials

/// How large a storm is and how often it is raised; the environment may say otherwise.
struct StormScale {
    /// Simulated spokes, `STORM_SPOKES`.
    let spokes = Self.number("STORM_SPOKES") ?? 5_000
    /// Samples of each side, `STORM_ROUNDS`.
    let rounds = Self.number("STORM_ROUNDS") ?? 5
    /// Over which heartbeats are watched, `HEARTBEAT_SECONDS`.
    let watch = Self.number("HEARTBEAT_SECONDS") ?? 120
    /// Between two statuses of a spoke.
    let interval = 10

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }.map { max(1, $0) }
    }
}

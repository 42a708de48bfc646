import ArgumentParser
import CallProtocol
import Formats

/// `capstan tunnel ps`
struct TunnelPs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "The tunnels of this machine that run by themselves, and how they are.",
        discussion: .flowing(
            """
            Running: its address is verified. Degraded: it runs, and nobody comes through now. Zombie: its process ended \
            without a word; --prune takes that note away. Stopped: it does not run. The hub is not asked.

            Example:
              capstan tunnel ps
              capstan tunnel ps --prune
            """))

    @Flag(help: "Those of the whole machine, not of this user.") var system = false
    @Flag(help: "Forget what processes left behind that ended without a word.") var prune = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let scope: TunnelRepo.Scope = system ? .system : .user
        try LocalTunnelOptions.requireRoot(scope)
        var states: [TunnelState] = []
        for repo in try TunnelRepo.all(scope) where repo.isNamed {
            do {
                guard try TunnelSettings.loadIfPresent(repo) != nil else { continue }
                states.append(try TunnelState(repo))
            } catch { output.printer.notice("\(repo.name): \(Failure(error).message)") }
        }
        if prune {
            let zombies = states.filter { $0.status == .zombie }
            for zombie in zombies { TunnelState.forgetEnded(zombie.repo) }
            output.printer.notice(zombies.isEmpty ? "nothing to forget" : "\(zombies.count) forgotten")
            states = try states.map { try TunnelState($0.repo) }
        }
        let (printer, shown) = (output.printer, states)
        try await printer.list(
            shown.map(\.json), names: shown.map(\.repo.name), empty: "no tunnels of this machine"
        ) {
            Table(
                [.init("NAME"), .init("PID"), .init("STATUS"), .init("UPTIME"), .init("ENDPOINT"), .init("URL")],
                rows: shown.map { state in
                    [
                        .init(state.repo.name), .init(state.pid.map(String.init) ?? "-"),
                        .init(state.status.rawValue),
                        .init(state.isAlive ? state.uptime(now: printer.now) ?? "-" : "-"),
                        .init(state.told?.endpoint ?? "-"), .init(state.told?.url ?? "-"),
                    ]
                })
        }
    }
}

extension TunnelState {
    var json: JSONValue {
        var value: JSONValue = ["name": .string(repo.name), "status": .string(status.rawValue.lowercased())]
        value["pid"] = pid.map { .integer(Int64($0)) }
        value["id"] = told.map { .string($0.id) }
        value["label"] = told?.label.map { .string($0) }
        value["endpoint"] = told?.endpoint.map { .string($0) }
        value["url"] = told?.url.map { .string($0) }
        value["reason"] = told?.reason.map { .string($0) }
        if isAlive { value["startedAt"] = told.map { .string($0.startedAt) } }
        return value
    }

    /// How long it has been running.
    func uptime(now: Int64) -> String? {
        guard let start = told.flatMap({ RFC3339.milliseconds($0.startedAt) }) else { return nil }
        return DurationText.string(.seconds(max(0, (now - start) / 1_000)))
    }
}

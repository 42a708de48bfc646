import Foundation
import TestKit

/// Many simulated spokes in one process that speak the real link; see `Benchmarks/Load`.
final class SimulatedSpokes: Sendable {
    private let program: Program
    private let commands: Int32

    /// Enrols so many spokes in the fleet's hub, which must not run.
    static func enrol(_ count: Int, in fleet: Fleet) async throws -> String {
        let roster = fleet.path("roster")
        let prepared = try Program(
            try BuiltBinary.path("capstan-bench"), ["storm-prepare", fleet.path("hub"), roster, "\(count)"],
            environment: fleet.environment, folder: fleet.folder)
        let result = await prepared.wait()
        guard result.code == 0 else { throw Unmet(what: "enrolment: \(result.err)", seconds: 0) }
        return roster
    }

    /// Runs `body` with the spokes of a roster, which dial at once; ends them afterwards.
    static func with(
        _ roster: String, in fleet: Fleet, fingerprint: String, _ body: (SimulatedSpokes) async throws -> Void
    ) async throws {
        let spokes = try SimulatedSpokes(roster, fleet, fingerprint)
        do {
            try await body(spokes)
        } catch {
            await spokes.stop()
            throw error
        }
        await spokes.stop()
    }

    private init(_ roster: String, _ fleet: Fleet, _ fingerprint: String) throws {
        let pipe = fleet.path("commands")
        guard mkfifo(pipe, 0o600) == 0 else { throw Unmet(what: "a named pipe", seconds: 0) }
        // Open at both ends here, or opening it would wait for the other side.
        commands = open(pipe, O_RDWR | O_CLOEXEC)
        program = try Program(
            try BuiltBinary.path("capstan-bench"), ["storm", "127.0.0.1:\(fleet.port)", fingerprint, roster, "10"],
            environment: fleet.environment, folder: fleet.folder, input: URL(fileURLWithPath: pipe))
    }

    /// Tells them something; returns when they have answered, with a line that begins so.
    func tell(_ command: String, answer: String, seconds: Double = 120) async throws {
        let before = answers(answer)
        let line = Array((command + "\n").utf8)
        _ = write(commands, line, line.count)
        try await until("`\(answer)` to `\(command)`", seconds: seconds) { self.answers(answer) > before }
    }

    private func answers(_ beginning: String) -> Int {
        program.outputSoFar.split(separator: "\n").count { $0.hasPrefix(beginning) }
    }

    private func stop() async {
        close(commands)
        program.signal(SIGTERM)
        _ = await program.wait(seconds: 10)
    }
}

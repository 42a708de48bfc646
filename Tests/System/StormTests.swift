import Foundation
import Testing

/// In turn, because each of them takes all that the machine has.
@Suite("Many at once", .serialized)
struct StormTests {
    private static let count = 500

    @Test("After kill -9 of the hub all of 500 spokes are connected again, and an operator is answered meanwhile")
    func storm() async throws {
        try await Fleet.with { fleet in
            let fingerprint = try Self.fingerprint(fleet)
            try await fleet.killHub()
            let roster = try await SimulatedSpokes.enrol(Self.count, in: fleet)
            try await fleet.startHub()
            try await SimulatedSpokes.with(roster, in: fleet, fingerprint: fingerprint) { spokes in
                try await spokes.tell("all", answer: "all ")
                // All at once.
                try await spokes.tell("hold", answer: "held")
                try await fleet.killHub()
                try await spokes.tell("gone", answer: "gone ")
                try await fleet.startHub()
                try await spokes.tell("at-once", answer: "at-once")
                async let all: Void = spokes.tell("all", answer: "all ")
                // Judged by its answer, not by its time: it is not kept waiting until the storm is over, nor refused.
                for _ in 0..<3 { _ = try await Self.connected(fleet) }
                try await all
                try await until("500 connected nodes", seconds: 60) { try await Self.connected(fleet) == Self.count }
                // Each with the pauses of its own.
                try await spokes.tell("backoff", answer: "backoff")
                try await fleet.killHub()
                try await spokes.tell("gone", answer: "gone ")
                try await fleet.startHub()
                try await spokes.tell("all", answer: "all ")
                try await until("500 connected nodes", seconds: 60) { try await Self.connected(fleet) == Self.count }
            }
        }
    }

    /// How many nodes an operator sees connected.
    private static func connected(_ fleet: Fleet) async throws -> Int {
        // One try may wait for its turn longer than a dialler does, on a machine that has other things to do.
        let list = try await fleet.run("node", "list", "-o", "json", "--wait", "50s", seconds: 60)
        #expect(list.code == 0, "\(list.err)")
        let nodes = try #require(try list.json() as? [[String: Any]])
        return nodes.count { $0["state"] as? String == "connected" }
    }

    /// The key that the hub says it has.
    private static func fingerprint(_ fleet: Fleet) throws -> String {
        let line = try #require(fleet.hub?.outputSoFar)
        let start = try #require(line.range(of: "sha256:")).lowerBound
        return String(line[start...].prefix { $0 != "\"" })
    }
}

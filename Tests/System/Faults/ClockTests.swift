import Foundation
import Testing

/// The wall clocks of hub and spoke set hours off while they run. Campaigns do it at random; here it is shown that it
/// happens at all.
@Suite(
    "a wall clock that jumps, on the real binary", .serialized,
    .enabled(if: ShiftedClock.isPossible, "there is no C compiler here"))
struct ClockTests {
    @Test(
        "hub and spoke hours apart, forwards and back: what runs goes on, what is submitted runs, times are the hub's")
    func jumps() async throws {
        try await Fleet.with(spokes: ["one"], clocks: ["hub", "one"]) { fleet in
            let (hub, spoke) = (try #require(fleet.clocks["hub"]), try #require(fleet.clocks["one"]))
            let release = fleet.path("release")
            let held = try await fleet.submit(["--", "sh", "-c", "until [ -e \(release) ]; do sleep 0.1; done; exit 3"])
            try await until("its start") { try await fleet.workload(held)["state"] as? String == "running" }
            for (ofHub, ofSpoke) in [(7_200, -7_200), (-18_000, 18_000), (45, -45)] {
                try hub.shift(bySeconds: ofHub)
                try spoke.shift(bySeconds: ofSpoke)
                let quick = try await fleet.submit(["--", "true"])
                try await until("success") { try await fleet.workload(quick)["state"] as? String == "succeeded" }
                let submitted = try #require(try await fleet.workload(quick)["submittedAt"] as? String)
                let away =
                    try Date(submitted, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                    .timeIntervalSinceNow - Double(ofHub)
                #expect(abs(away) < 30, "\(submitted) is \(away) s from the hub's clock")
                #expect(try await fleet.run("workload", "receipt", quick, "--verify").code == 0)
                #expect(try await fleet.run("exec", "one", "--", "true").code == 0)
                #expect(try await fleet.state(of: "one") == "connected")
                #expect(try await fleet.workload(held)["state"] as? String == "running")
            }
            _ = FileManager.default.createFile(atPath: release, contents: nil)
            try await until("its end") { try await fleet.workload(held)["exitCode"] as? Int == 3 }
            // A link that was cut by a jump would have been made anew.
            #expect(fleet.spokes["one"]?.outputSoFar.components(separatedBy: "spoke_connected").count == 2)
        }
    }
}

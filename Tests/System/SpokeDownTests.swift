import Foundation
import Testing

@Suite("stopping a spoke, on the real binary", .serialized)
struct SpokeDownTests {
    @Test("down --sessions ends the programs too, and a wish that was meant for an earlier spoke ends none")
    func sessions() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let id = try await fleet.submit(["--", "sleep", "600"])
            try await until("running") { try await fleet.workload(id)["state"] as? String == "running" }
            // One that died before it could obey, and one whose pid it never was.
            let mark = fleet.path("one") + "/end-sessions"
            #expect(await fleet.stopSpoke("one")?.code == 0)
            try "7\n".write(toFile: mark, atomically: true, encoding: .utf8)
            try await fleet.startSpoke("one")
            #expect(!FileManager.default.fileExists(atPath: mark))
            try "7\n".write(toFile: mark, atomically: true, encoding: .utf8)
            #expect(await fleet.stopSpoke("one")?.code == 0)
            try await fleet.startSpoke("one")
            try await until("found again") {
                let shown = try await fleet.run("node", "show", "one", "-o", "json")
                return shown.text.contains("\"connected\"")
            }
            #expect(try await fleet.workload(id)["state"] as? String == "running")

            let down = try await fleet.run("spoke", "down", "--state-dir", fleet.path("one"), "--sessions")
            #expect(down.code == 0, "\(down.err)")
            #expect(!FileManager.default.fileExists(atPath: mark))
            try await fleet.startSpoke("one")
            try await until("the end") { try await fleet.workload(id)["state"] as? String != "running" }
        }
    }
}

import Foundation
import TestKit
import Testing

/// Needs a small file system to be mounted; where that is not allowed it says that it was skipped.
@Suite("a full disk", .serialized, .enabled(if: SmallDisk.isPossible, "a small file system cannot be mounted here"))
struct DiskFullTests {
    @Test("a full disk at the hub: the submit is refused with a reason, nothing is half-done, and it works again later")
    func hub() async throws {
        try await Fleet.with(spokes: ["one"], disks: ["hub": 24]) { fleet in
            let disk = try #require(fleet.disks["hub"])
            try await blocking { try disk.fill() }
            let refused = try await fleet.run("run", "--detach", "--name", "late", "--", "true", "-o", "json")
            #expect(refused.code == 75, "\(refused.err)")
            #expect(refused.err.contains("disk full on hub"))
            try disk.free()
            try await until("room again") { try await fleet.run("run", "--name", "later", "--", "true").code == 0 }
            let list = try await fleet.run("workload", "list", "-o", "json")
            #expect(!list.text.contains("\"late\""))
        }
    }

    @Test("a full disk at the spoke: the workload waits and says so, and runs when there is room")
    func spoke() async throws {
        try await Fleet.with(spokes: ["one"], disks: ["one": 24]) { fleet in
            let disk = try #require(fleet.disks["one"])
            try await blocking { try disk.fill() }
            let id = try await fleet.submit(["--", "echo", "hello"])
            try await until("the reason") {
                let shown = try await fleet.run("workload", "show", id, "-o", "json")
                return shown.text.contains("disk full")
            }
            try disk.free()
            try await until("success", seconds: 90) {
                try await fleet.workload(id)["state"] as? String == "succeeded"
            }
        }
    }

    @Test(
        "a program that writes while its node's disk is full runs to its end, and its log says that output is missing")
    func output() async throws {
        try await Fleet.with(spokes: ["one"], disks: ["one": 24]) { fleet in
            let disk = try #require(fleet.disks["one"])
            let (written, release) = (fleet.path("written"), fleet.path("release"))
            let script =
                "until [ -e \(release) ]; do sleep 0.1; done; echo lost; echo lost too >&2; touch \(written); exit 3"
            let id = try await fleet.submit(["--", "sh", "-c", script])
            try await until("its start") { try await fleet.workload(id)["state"] as? String == "running" }
            try await blocking { try disk.fill() }
            _ = FileManager.default.createFile(atPath: release, contents: nil)
            try await until("its last line") { FileManager.default.fileExists(atPath: written) }
            try await until("the end of its supervisor") {
                fleet.members().allSatisfy { $0.supervisedAttempt == nil }
            }
            try disk.free()
            try await until("its end") { try await fleet.workload(id)["exitCode"] as? Int == 3 }
            try await until("the end of its log") {
                let log = try await fleet.run("workload", "logs", "-f", id, "-o", "json")
                return log.code == 0 && log.text.contains(#""kind":"gap""#) && !log.text.contains("lost")
            }
            #expect(try await fleet.run("workload", "receipt", id, "--verify").code == 0)
        }
    }
}

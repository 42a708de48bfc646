import Foundation
import Glibc
import TestKit
import Testing

/// Needs root, to mount a small file system; elsewhere it says that it was skipped.
@Suite("a full disk", .serialized, .enabled(if: geteuid() == 0, "mounting a small file system needs root"))
struct DiskFullTests {
    @Test("a full disk at the hub: the submit is refused with a reason, nothing is half-done, and it works again later")
    func hub() async throws {
        try await SmallDisk.with(megabytes: 24) { disk in
            try await Fleet.with(spokes: ["one"], folders: ["hub": disk.path]) { fleet in
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
    }

    @Test("a full disk at the spoke: the workload waits and says so, and runs when there is room")
    func spoke() async throws {
        try await SmallDisk.with(megabytes: 24) { disk in
            try await Fleet.with(spokes: ["one"], folders: ["one": disk.path]) { fleet in
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
    }
}

/// A file system of a few megabytes in memory.
struct SmallDisk: Sendable {
    let path: String

    static func with(megabytes: Int, _ body: (SmallDisk) async throws -> Void) async throws {
        Leftovers.sweepMounts()
        let path = Leftovers.folder("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0700") == 0 else {
            throw Unmet(what: "a small disk (\(String(cString: strerror(errno))))", seconds: 0)
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(SmallDisk(path: path)))
        } catch {
            result = .failure(error)
        }
        umount2(path, 2)
        try? FileManager.default.removeItem(atPath: path)
        try result.get()
    }

    /// Writes until nothing more fits.
    func fill() throws {
        let file = open(path + "/ballast", O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        for size in [1 << 20, 4096, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) > 0 {}
        }
    }

    func free() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }
}

import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("What a test may leave on the machine")
struct LeftoversTests {
    private struct Midway: Error {}

    @Test("a test that fails midway leaves no program, supervisor or folder")
    func midway() async throws {
        var pids: [Int32] = []
        var path = ""
        await #expect(throws: Midway.self) {
            try await withFolder { folder in
                path = folder
                guard case .started(let pid) = try await supervise("trap '' TERM; sleep 61 & sleep 60", folder + "/s")
                else { return }
                pids = [pid, try supervisorPid(folder + "/s")]
                throw Midway()
            }
        }
        #expect(pids.count == 2 && !pids.contains(where: isAlive))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("the disk of a killed run is unmounted by the next one", .enabled(if: geteuid() == 0, "mounting needs root"))
    func killed() throws {
        let gone = FileManager.default.temporaryDirectory.path + "/capstan-processes-999999999-killed"
        let own = Leftovers.folder("processes")
        for folder in [gone, own] {
            try FileManager.default.createDirectory(atPath: folder + "/disk", withIntermediateDirectories: true)
            #expect(mount("tmpfs", folder + "/disk", "tmpfs", 0, "size=64k") == 0)
        }
        Leftovers.sweepMounts()
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        #expect(!mounts.contains(gone) && !FileManager.default.fileExists(atPath: gone))
        #expect(mounts.contains(own))
        umount2(own + "/disk", Int32(MNT_DETACH))
        try FileManager.default.removeItem(atPath: own)
    }
}

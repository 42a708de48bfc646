import Foundation
import Glibc
import TestKit
import Testing

@testable import Processes

/// A place in the kernel's own hierarchy where groups can be made; nil where there is none. Controllers are not needed.
private let realPlace: ControlGroup? = {
    guard let place = try? GroupPlace.own(proc: "/proc").group else { return nil }
    let probe = place.child("capstan-probe-\(getpid())")
    guard (try? probe.make()) != nil else { return nil }
    defer { _ = probe.remove() }
    return probe.text(of: ControlGroup.members) == nil ? nil : place
}()

@Suite("A control group of the kernel's", .timeLimit(.minutes(3)), .enabled(if: realPlace != nil))
struct RealGroupTests {
    @Test("holds the program and what it starts, and is gone with them")
    func whole() async throws {
        try await withGroup { folder, group in
            let name = String(group.path.split(separator: "/").last ?? "")
            _ = try await supervise(
                "grep ^0:: /proc/self/cgroup; setsid sh -c 'echo $$ > \(folder)/left; trap \"\" TERM; sleep 600' & "
                    + "while [ ! -s \(folder)/left ]; do sleep 0.01; done", folder + "/s"
            ) {
                $0.group = group
                $0.killGraceMs = 50
            }
            let record = try await ended(folder + "/s")
            #expect(record.exit.code == 0 && record.left == 0)
            #expect(text(try output(folder + "/s")).hasSuffix("/\(name)\n"))
            let left = try String(contentsOfFile: folder + "/left", encoding: .utf8)
            let pid = try #require(Int32(left.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(!isInTable(pid))
            #expect(!FileManager.default.fileExists(atPath: group.path))
        }
    }

    @Test("is cleared away also when the supervisor was killed, with groups that the program made in it")
    func cleared() async throws {
        try await withGroup { folder, group in
            _ = try await supervise(
                "mkdir \(group.path)/inner && sh -c 'echo 0 > \(group.path)/inner/cgroup.procs; exec sleep 600' & "
                    + "while ! grep -q . \(group.path)/inner/cgroup.procs; do sleep 0.01; done; touch \(folder)/ready; "
                    + "sleep 600", folder + "/s"
            ) { $0.group = group }
            try await eventually { FileManager.default.fileExists(atPath: folder + "/ready") }
            let members = group.processes + group.child("inner").processes
            #expect(members.count >= 2)
            kill(try supervisorPid(folder + "/s"), SIGKILL)
            try await eventually { group.remove() == .gone }
            try await eventually { !members.contains(where: isAlive) }
            #expect(group.remove() == .gone)
        }
    }

    private func withGroup(_ body: (String, ControlGroup) async throws -> Void) async throws {
        let group = try #require(realPlace).child("capstan-test-\(UUID().uuidString)")
        try await withFolder { folder in
            try group.make()
            let result: Result<Void, any Error>
            do { result = .success(try await body(folder, group)) } catch { result = .failure(error) }
            _ = await becomesTrue { group.remove() == .gone }
            try result.get()
        }
    }
}

import Foundation
import Operations
import Processes
import TestKit
import Testing

@testable import SpokeOperations

@Suite("Limits of process workloads", .timeLimit(.minutes(3)))
struct LimitTests {
    /// A group that a manager gave away, made of plain files.
    private func delegated(_ folder: String) throws -> (GroupFiles, GroupTakeover) {
        let files = try GroupFiles(in: folder + "/machine", name: "/box.scope")
        var takeover = GroupTakeover()
        takeover.proc = files.proc
        takeover.isMarked = { $0 == files.group }
        takeover.isService = false
        takeover.unitLifts = false
        return (files, takeover)
    }

    /// In the kernel's hierarchy a new group has its files; here it needs them made.
    private func prepare(_ files: GroupFiles, _ attempt: String) throws {
        try FileManager.default.createDirectory(
            atPath: files.group + "/attempt-" + attempt, withIntermediateDirectories: true)
        try files.write("", "attempt-\(attempt)/cgroup.procs")
    }

    @Test("With a delegated group the facts say enforced, and an attempt runs in a group with its limits")
    func enforced() async throws {
        try await withFolder { folder in
            let (files, takeover) = try delegated(folder)
            try await withSpoke(folder) {
                $0.groups = takeover
            } _: { spoke in
                let facts = try await spoke.client.call(HostOperations.facts, Empty())
                #expect(facts.limits == .enforced)
                try prepare(files, "A1")
                var spec = script("cat \(files.group)/attempt-A1/cgroup.procs > \(folder)/entered")
                spec.cpus = 0.5
                spec.memory = 64 << 20
                try await spoke.start("A1", spec)
                let end = try await spoke.ended("A1")
                #expect(end.state == "succeeded")
                #expect(try String(contentsOfFile: folder + "/entered", encoding: .utf8) == "0")
                #expect(files.read("attempt-A1/cpu.max") == "50000 100000")
                #expect(files.read("attempt-A1/memory.max") == "67108864")
            }
        }
    }

    @Test("Without one they are accounting")
    func accounting() async throws {
        try await withFolder { folder in
            var (_, takeover) = try delegated(folder)
            takeover.isMarked = { _ in false }
            let refused = takeover
            try await withSpoke(folder) {
                $0.groups = refused
            } _: { spoke in
                let facts = try await spoke.client.call(HostOperations.facts, Empty())
                #expect(facts.limits == .accounting)
                var spec = script("exit 3")
                spec.memory = 1
                try await spoke.start("A1", spec)
                #expect(try await spoke.ended("A1").exitCode == 3)
            }
        }
    }

    @Test("A program that the kernel killed at its memory limit has failed for that, with the exit it had")
    func memory() async throws {
        try await withFolder { folder in
            let (files, takeover) = try delegated(folder)
            try await withSpoke(folder) {
                $0.groups = takeover
            } _: { spoke in
                for (id, events, reason) in [
                    ("A1", "oom 1\noom_kill 1\n", "memory_limit"), ("A2", "oom 0\noom_kill 1\n", "out_of_memory"),
                ] {
                    try prepare(files, id)
                    try files.write(events, "attempt-\(id)/memory.events")
                    try await spoke.start(id, script("kill -9 $$"), workload: id)
                    let end = try await spoke.ended(id)
                    #expect(end.state == "failed" && end.exitCode == 137 && end.signal == "KILL")
                    #expect(end.reason == reason)
                }
            }
        }
    }

    @Test("What cannot be limited as asked is not started and is the machine's fault; what asks for nothing runs")
    func notLimited() async throws {
        try await withFolder { folder in
            let (files, takeover) = try delegated(folder)
            try files.write("", "attempt-A1")
            try files.write("", "attempt-A2")
            try await withSpoke(folder) {
                $0.groups = takeover
            } _: { spoke in
                var spec = script("touch \(folder)/ran")
                spec.cpus = 1
                try await spoke.start("A1", spec, workload: "W1")
                let end = try await spoke.ended("A1")
                #expect(end.state == "failed" && end.notStarted == true)
                #expect(end.reason?.hasPrefix("cpus and memory cannot be limited: ") == true)
                #expect(!FileManager.default.fileExists(atPath: folder + "/ran"))
                try await spoke.start("A2", script("exit 3"), workload: "W2")
                #expect(try await spoke.ended("A2").exitCode == 3)
            }
        }
    }

    @Test("A spoke that starts anew limits again what goes on")
    func again() async throws {
        try await withFolder { folder in
            let (files, takeover) = try delegated(folder)
            try await withSpoke(folder, endSessions: false) {
                $0.groups = takeover
            } _: { spoke in
                try prepare(files, "A1")
                var spec = script("while [ ! -e \(folder)/go ]; do sleep 0.02; done")
                spec.memory = 64 << 20
                try await spoke.start("A1", spec)
                try await eventually { try await spoke.status("A1")?.state == "running" }
            }
            // As when the unit has taken the controllers back.
            try files.write("max", "attempt-A1/memory.max")
            try await withSpoke(folder) {
                $0.groups = takeover
            } _: { spoke in
                #expect(files.read("attempt-A1/memory.max") == "67108864")
                try touch(folder + "/go")
                #expect(try await spoke.ended("A1").state == "succeeded")
            }
        }
    }
}
